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
  #step: string | null = null;
  /** Items in work, the first begun first, and what each is about. */
  readonly #items = new Map<string, string>();

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
        this.#step = event.step;
        this.#items.clear();
        break;
      case "step-finished":
        this.#step = null;
        this.#items.clear();
        break;
      case "item-started":
        this.#items.set(event.item, event.about);
        break;
      case "item-finished":
        this.#items.delete(event.item);
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
    const [oldest] = this.#items;
    if (this.#step === null) return this.#say("nothing to skip: no step runs");
    if (!this.#single.has(this.#step))
      return this.#say(`nothing to skip: "${this.#step}" sees all that comes in at once; q stops the run`);
    if (oldest === undefined) return this.#say(`nothing to skip: "${this.#step}" has begun with no item yet`);
    const [item, about] = oldest;
    this.#handle.skip(item);
    this.#items.delete(item);
    this.#say(`skipped: ${about}  (the next run takes it again; --accept-failures goes on without it)`);
  }
}
