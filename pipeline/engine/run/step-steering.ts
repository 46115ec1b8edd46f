import type { Listening } from "../../executors/executor.js";
import type { Orders } from "../../partition/protocol.js";
import { createStop } from "../../system/abort.js";

/** Something at work that hears when the run has spoken. */
export interface Steered {
  steer(): void;
}

/** The word of something at work that all that had begun in it has ended, and that it is gone. */
export interface AtWork {
  readonly atRest: (word: number) => void;
  readonly end: () => void;
}

/** The run, as what is said to its steps needs it. */
export interface SteeredRun {
  /** Goes on as soon as something may begin. Throws a PipelineError (interrupted) where the run or who waits stops. */
  readonly pass: (signal: AbortSignal) => Promise<void>;
  readonly orders: () => Pick<Orders, "word" | "paused">;
  /** Tells all that runs that something was said. */
  readonly speak: () => void;
  /** A step has left an item out. */
  readonly left: (id: string) => void;
  readonly attach: (steered: Steered) => AtWork;
}

/** Carries what a run is told, and what is said of one of its steps, to the partitions of that step. */
export class StepSteering {
  readonly id: string;
  readonly #run: SteeredRun;
  readonly #closing = createStop();
  /** Items that are to be left out, and whether they are. */
  readonly #skipped: Map<string, boolean>;

  /** @param before what the same step was steered by before it began anew */
  constructor(id: string, run: SteeredRun, before: StepSteering | undefined) {
    this.id = id;
    this.#run = run;
    this.#skipped = before === undefined ? new Map<string, boolean>() : before.#skipped;
  }

  /** Goes on as soon as a partition may begin. Throws a PipelineError (interrupted) where the run or the step stops. */
  async pass(signal: AbortSignal): Promise<void> {
    await this.#run.pass(signal);
  }

  /** Leaves an item out. */
  skip(id: string): void {
    if (this.#skipped.has(id)) return;
    this.#skipped.set(id, false);
    this.#run.speak();
  }

  /** A partition has told that an item is left out. */
  skipped(id: string): void {
    if (this.#skipped.has(id)) this.#run.left(id);
  }

  /** A step has left an item out; it may be this one. */
  leftElsewhere(id: string): void {
    if (this.#skipped.has(id)) this.#skipped.set(id, true);
  }

  /** Whether an item is to be left out that is not yet. */
  isToLeave(id: string): boolean {
    return this.#skipped.get(id) === false;
  }

  /** Items that were to be left out and are not. */
  get missed(): readonly string[] {
    return [...this.#skipped.keys()].filter((id) => this.isToLeave(id));
  }

  /** No item begins any more: a budget is used up. */
  close(): void {
    this.#closing.abort();
    this.#run.speak();
  }

  /** Aborted when nothing more begins. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** What has been said so far. */
  get orders(): Orders {
    return { ...this.#run.orders(), closed: this.#closing.signal.aborted, skipped: [...this.#skipped.keys()] };
  }

  /** A partition has begun, and hears what is said. */
  attach(partition: Pick<Listening, "steer">): AtWork {
    const steered = { steer: () => partition.steer(this.orders) };
    // It can be spoken to when its channel stands: the executor asks for its host first.
    queueMicrotask(steered.steer);
    return this.#run.attach(steered);
  }

  /** What the step does beside its partitions: until it has ended, the run is not at rest. */
  async work<T>(work: () => Promise<T>): Promise<T> {
    const { end } = this.#run.attach({ steer: () => undefined });
    try {
      return await work();
    } finally {
      end();
    }
  }
}
