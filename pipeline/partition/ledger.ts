import { PipelineError } from "../system/errors.js";
import type { AnyRecord } from "../contract/kind.js";
import { TemporaryIndex } from "./disk-index.js";

type State = "waiting" | "used" | "dropped" | "failed" | "skipped";

/** More records than this are kept on disk. */
const inMemory = 4096;

/** Accounts for every input of a partition by id: each is used, dropped, failed or skipped, and none is lost. */
export class Ledger {
  readonly #states: { get(key: string): string | undefined; set(key: string, value: string): unknown };
  readonly #outputs: { claim(key: string): boolean };
  readonly #close: () => void;
  readonly #onUse: (id: string) => void;
  readonly #counts: Record<State, number> = { waiting: 0, used: 0, dropped: 0, failed: 0, skipped: 0 };

  /**
   * @param folder where the index lies when there are many inputs
   * @param onUse told of each input that is passed on
   */
  constructor(inputs: number, folder: string, onUse: (id: string) => void) {
    this.#onUse = onUse;
    if (inputs <= inMemory) {
      const outputs = new Set<string>();
      this.#states = new Map<string, string>();
      this.#outputs = { claim: (key) => !outputs.has(key) && outputs.add(key).has(key) };
      this.#close = () => undefined;
    } else {
      const index = new TemporaryIndex(folder);
      this.#states = index;
      this.#outputs = { claim: (key) => index.claim(`output ${key}`, "") === undefined };
      this.#close = () => index.close();
    }
  }

  /** Expects an input. False where the same record was met before: it is still one input. */
  expect(id: string, state: "waiting" | "skipped"): boolean {
    if (this.#states.get(id) !== undefined) return false;
    this.#states.set(id, state);
    this.#counts[state] += 1;
    return true;
  }

  /** Notes an output and the inputs that it was made from. False where the same record was put out already. */
  output(record: AnyRecord): boolean {
    for (const id of [record.id, ...record.from]) this.#use(id);
    return this.#outputs.claim(record.id);
  }

  /** Notes an input that went into a file of the step's. */
  use(record: AnyRecord): void {
    if (this.#states.get(record.id) === undefined) throw contradiction(record.id, "used, but is no input of this step");
    this.#use(record.id);
  }

  /** Notes that an input, or something derived from one input, does not pass on. Answers the input's id. */
  leave(record: AnyRecord, state: "dropped" | "failed"): string {
    const id = [record.id, ...record.from].find((candidate) => this.#states.get(candidate) !== undefined);
    if (id === undefined) throw contradiction(record.id, `${state}, but is no input of this step`);
    const before = this.#states.get(id) as State;
    if (before === "used") throw contradiction(id, `passed on and ${state}`);
    if (before === "waiting") this.#move(id, before, state);
    return id;
  }

  /** The counts, once the stage has ended. Throws where an input is unaccounted for. */
  settle(): Record<"in" | "used" | "dropped" | "failed" | "skipped", number> {
    const { waiting, ...counts } = this.#counts;
    if (waiting > 0) {
      throw new PipelineError(
        `the stage lost ${waiting} of its inputs: neither passed on, nor in the "from" of an output, nor dropped`,
        {
          code: "stage",
          hint:
            "every input must be yielded, used as a parent of something yielded, or left out with " +
            "context.drop(record, reason(code, text))",
        },
      );
    }
    return { in: counts.used + counts.dropped + counts.failed + counts.skipped, ...counts };
  }

  close(): void {
    this.#close();
  }

  #use(id: string): void {
    const state = this.#states.get(id);
    if (state === "dropped" || state === "failed") throw contradiction(id, `${state} and passed on`);
    if (state === "waiting" || state === "skipped") this.#move(id, state, "used");
  }

  #move(id: string, from: State, to: State): void {
    this.#states.set(id, to);
    this.#counts[from] -= 1;
    this.#counts[to] += 1;
    if (to === "used") this.#onUse(id);
  }
}

function contradiction(id: string, what: string): PipelineError {
  return new PipelineError(`the stage accounts for record ${id} twice: ${what}`, { code: "stage" });
}
