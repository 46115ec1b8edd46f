import type { PipelineEvent } from "../contract/events.js";
import type { Pipeline } from "../engine/config/pipeline.js";
import type { RunHandle } from "../engine/run/handle.js";

/** What the keys do to a run: p pauses it and goes on, s skips the item that is longest in work, q stops it. */
export class RunKeys {
  readonly #handle: Pick<RunHandle, "pause" | "resume" | "skip">;
  /** Ids of the steps that work through their items one by one. */
  readonly #single: ReadonlySet<string>;
  readonly #say: (message: string) => void;
  #paused = false;
  /** Those that are under way. */
  readonly #steps = new Set<string>();
  /** Items in work, the first begun first, with the step, and what each is about. */
  readonly #items = new Map<string, { readonly step: string; readonly item: string; readonly about: string }>();

  /** @param say shows a line to who pressed the key */
  constructor(
    handle: Pick<RunHandle, "pause" | "resume" | "skip">,
    { steps }: Pick<Pipeline, "steps">,
    say: (message: string) => void,
  ) {
    this.#handle = handle;
    this.#single = new Set(steps.flatMap(({ id, stage }) => (stage.parallel === "record" ? [id] : [])));
    this.#say = say;
  }

  /** Takes what the run tells, so that a key means what is shown. */
  heed(event: PipelineEvent): void {
    switch (event.type) {
      case "run-pausing":
        this.#paused = true;
        break;
      case "run-resumed":
        this.#paused = false;
        break;
      case "step-started":
        this.#forget(event.step);
        this.#steps.add(event.step);
        break;
      case "step-finished":
        this.#forget(event.step);
        break;
      case "item-started":
        this.#items.set(`${event.step} ${event.item}`, event);
        break;
      case "item-finished":
        this.#items.delete(`${event.step} ${event.item}`);
        break;
      default:
        break;
    }
  }

  press(key: string): void {
    if (key === "p") this.#pause();
    if (key === "s") this.#skip();
    // As Ctrl-C does, with all that this means for the command.
    if (key === "q") process.kill(process.pid, "SIGINT");
  }

  #pause(): void {
    if (this.#paused) this.#handle.resume();
    // What it waits for is shown.
    else void this.#handle.pause();
  }

  #skip(): void {
    const [step] = this.#steps;
    if (step === undefined) return this.#say("nothing to skip: no step runs");
    const oldest = [...this.#items.values()].find((item) => this.#single.has(item.step));
    if (oldest !== undefined) {
      this.#handle.skip(oldest.item, oldest.step);
      this.#items.delete(`${oldest.step} ${oldest.item}`);
      this.#say(`skipped: ${oldest.about}  (the next run takes it again; --accept-failures goes on without it)`);
    } else if (this.#single.has(step)) this.#say(`nothing to skip: "${step}" has begun with no item yet`);
    else this.#say(`nothing to skip: "${step}" sees all that comes in at once; q stops the run`);
  }

  #forget(step: string): void {
    this.#steps.delete(step);
    for (const [key, item] of this.#items) if (item.step === step) this.#items.delete(key);
  }
}
