import { createStop, interrupted } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import type { Emit } from "../../contract/events.js";
import type { Orders } from "../../partition/protocol.js";

type Reload = (ref: string) => Promise<readonly string[]>;

/** A partition that runs, as the run speaks to it. */
export interface Steered {
  steer(orders: Orders): void;
}

/** Carries what a run is told while it goes on to all that is at work in it. */
export class Steering {
  #paused = false;
  #told = false;
  #word = 0;
  #over = false;
  /** The step that runs. */
  #step: string | null = null;
  /** Items that are to be left out, and whether they are. */
  readonly #skipped = new Map<string, boolean>();
  #closing = createStop();
  #reload: Reload | null = null;
  /** Places in the run itself that wait for it to go on. */
  #waiting: (() => void)[] = [];
  #awaited: (() => void)[] = [];
  readonly #partitions = new Map<Steered, { atRest: boolean }>();
  readonly #emit: Emit;
  readonly #signal: AbortSignal;

  /** @param signal lets nobody wait any longer: who waits fails as interrupted */
  constructor(emit: Emit, signal: AbortSignal) {
    this.#emit = emit;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#release(), { once: true });
  }

  get #isOver(): boolean {
    return this.#over || this.#signal.aborted;
  }

  /** Nothing begins from now on. Goes on when all that had begun has ended, or the run is told to go on or to stop. */
  async pause(): Promise<void> {
    if (this.#isOver) return;
    if (!this.#paused) {
      this.#paused = true;
      this.#told = false;
      this.#emit({ type: "run-pausing" });
      this.#tellPartitions();
    }
    if (this.#told) return;
    await new Promise<void>((resolve) => {
      this.#awaited.push(resolve);
      this.#lookForRest();
    });
  }

  resume(): void {
    if (!this.#paused || this.#isOver) return;
    this.#paused = false;
    for (const partition of this.#partitions.values()) partition.atRest = false;
    this.#emit({ type: "run-resumed" });
    this.#tellPartitions();
    this.#release();
  }

  /** Goes on as soon as a partition or a step may begin. Throws a PipelineError (interrupted) where the run stops. */
  async pass(): Promise<void> {
    while (this.#paused) {
      if (this.#signal.aborted) throw interrupted();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.#lookForRest();
      });
    }
  }

  /** A step begins: what was said of the items of the one before does not concern it. */
  beginStep(step: string): void {
    // One that begins anew has the same items.
    if (this.#step !== step) this.#skipped.clear();
    this.#step = step;
    this.#closing = createStop();
  }

  /** Warns of items that were to be left out and were not. */
  endStep(): void {
    const [step, missed] = [this.#step, [...this.#skipped].filter(([, isOut]) => !isOut).map(([id]) => id)];
    this.#step = null;
    for (const id of missed) {
      this.#emit({
        type: "notice",
        level: "warning",
        message: `nothing to skip: ${id} is no input of step "${step ?? ""}", or the step was done with it before`,
      });
    }
  }

  /**
   * Leaves an item of the step that runs out: one that has not begun does not begin, and what comes of one that has
   * begun is thrown away. Throws a PipelineError (usage) where no step runs.
   */
  skip(id: string): void {
    if (this.#step === null) {
      throw new PipelineError(`no step runs that could skip ${id}`, {
        code: "usage",
        hint: "skip an item after step-started and before step-finished of the step that takes it in",
      });
    }
    if (this.#skipped.has(id)) return;
    this.#skipped.set(id, false);
    this.#tellPartitions();
  }

  /** Says who reads files anew, once the plan stands. */
  onReload(reload: Reload): void {
    this.#reload = reload;
    this.#release();
  }

  /** All steps have had their turn. */
  endReloads(): void {
    this.#reload = () => Promise.reject(tooLate());
  }

  /** Reads a file anew (see Reloading), once the plan stands. */
  async reload(ref: string): Promise<readonly string[]> {
    while (this.#reload === null) {
      if (this.#isOver) throw tooLate();
      await new Promise<void>((resolve) => {
        this.#awaited.push(resolve);
      });
    }
    if (this.#isOver) throw tooLate();
    return await this.#reload(ref);
  }

  /** A partition has told that an item is left out. */
  skipped(id: string): void {
    if (this.#skipped.has(id)) this.#skipped.set(id, true);
  }

  /** No item begins any more in the step that runs: a budget is used up. */
  close(): void {
    this.#closing.abort();
    this.#tellPartitions();
  }

  /** Aborted when nothing more begins in the step that runs. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** What the run has said so far. */
  get orders(): Orders {
    return {
      word: this.#word,
      paused: this.#paused,
      closed: this.#closing.signal.aborted,
      skipped: [...this.#skipped.keys()],
    };
  }

  /** A partition has begun, and hears what the run is told. */
  attach(steered: Steered): { readonly atRest: (word: number) => void; readonly end: () => void } {
    const state = { atRest: false };
    this.#partitions.set(steered, state);
    // It can be spoken to when its channel stands: the executor asks for its host first.
    queueMicrotask(() => steered.steer(this.orders));
    return {
      atRest: (word) => {
        state.atRest ||= this.#paused && word === this.#word;
        this.#lookForRest();
      },
      end: () => {
        this.#partitions.delete(steered);
        this.#lookForRest();
      },
    };
  }

  /** The run is over: nobody waits any longer. */
  end(): void {
    this.#over = true;
    this.#step = null;
    this.#release();
  }

  #tellPartitions(): void {
    this.#word += 1;
    for (const partition of this.#partitions.keys()) partition.steer(this.orders);
  }

  /** What is at rest waits: either the partitions, or the run itself for its next step. */
  #lookForRest(): void {
    if (!this.#paused || this.#told) return;
    const states = [...this.#partitions.values()];
    if (states.length === 0 ? this.#waiting.length === 0 : !states.every(({ atRest }) => atRest)) return;
    this.#told = true;
    this.#emit({ type: "run-paused" });
    for (const resolve of this.#awaited.splice(0)) resolve();
  }

  #release(): void {
    for (const go of [...this.#waiting.splice(0), ...this.#awaited.splice(0)]) go();
  }
}

function tooLate(): PipelineError {
  return new PipelineError("all steps of the run have had their turn: nothing reads a file any more", {
    code: "usage",
    hint: "run the pipeline again: it reads all files anew",
  });
}
