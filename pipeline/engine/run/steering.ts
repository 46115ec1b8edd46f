import { interrupted } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import type { Emit } from "../../contract/events.js";
import { type Steered, type SteeredRun, StepSteering } from "./step-steering.js";

type Reload = (ref: string) => Promise<readonly string[]>;

/** Carries what a run is told while it goes on to all that is at work in it. */
export class Steering {
  #paused = false;
  #told = false;
  #word = 0;
  #over = false;
  /** The steps that are under way, by id. */
  readonly #steps = new Map<string, StepSteering>();
  #reload: Reload | null = null;
  /** Places in the run itself that wait for it to go on. */
  #waiting: (() => void)[] = [];
  #awaited: (() => void)[] = [];
  /** Of all steps. */
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
      this.#speak();
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
    this.#speak();
    this.#release();
  }

  /**
   * Goes on as soon as a partition or a step may begin. Throws a PipelineError (interrupted) where the run stops, or
   * where nobody waits any longer.
   */
  async pass(signal: AbortSignal): Promise<void> {
    while (this.#paused) {
      if (this.#signal.aborted || signal.aborted) throw interrupted();
      let go = (): void => undefined;
      await new Promise<void>((resolve) => {
        go = resolve;
        signal.addEventListener("abort", go, { once: true });
        this.#waiting.push(go);
        this.#lookForRest();
      });
      signal.removeEventListener("abort", go);
      this.#waiting = this.#waiting.filter((each) => each !== go);
    }
  }

  /**
   * A step begins. One that begins anew has the same items: what was said of them still holds.
   * @param before what it was steered by before
   */
  beginStep(step: string, before?: StepSteering): StepSteering {
    const steered = new StepSteering(step, this.#run, before);
    this.#steps.set(step, steered);
    return steered;
  }

  /** A step is finished: warns of items that were to be left out of it and that no step under way can leave out. */
  finishStep(step: StepSteering): void {
    this.endStep(step);
    const others = [...this.#steps.values()];
    for (const id of step.missed.filter((missed) => !others.some((other) => other.isToLeave(missed)))) {
      this.#emit({
        type: "notice",
        level: "warning",
        message: `nothing to skip: ${id} is no input of step "${step.id}", or the step was done with it before`,
      });
    }
  }

  /** A step does not go on. */
  endStep(step: StepSteering): void {
    if (this.#steps.get(step.id) === step) this.#steps.delete(step.id);
  }

  /**
   * Leaves an item of a step that is under way out: one that has not begun does not begin, and what comes of one that
   * has begun is thrown away. Throws a PipelineError (usage) where no step runs, or not this one.
   * @param step only of this one; of all that take it in unless told
   */
  skip(id: string, step?: string): void {
    const meant = [...this.#steps.values()].filter((each) => step === undefined || each.id === step);
    if (meant.length === 0) {
      throw new PipelineError(
        `${step === undefined ? "no step runs" : `step "${step}" does not run`} that could skip ${id}`,
        {
          code: "usage",
          hint: "skip an item after step-started and before step-finished of the step that takes it in",
        },
      );
    }
    for (const each of meant) each.skip(id);
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

  /** No item begins any more in the steps that are under way: a budget of the run is used up. */
  close(): void {
    for (const step of this.#steps.values()) step.close();
  }

  /** The run is over: nobody waits any longer. */
  end(): void {
    this.#over = true;
    this.#steps.clear();
    this.#release();
  }

  /** What its steps need of the run. */
  readonly #run: SteeredRun = {
    pass: async (signal) => await this.pass(signal),
    orders: () => ({ word: this.#word, paused: this.#paused }),
    speak: () => this.#speak(),
    left: (id) => {
      for (const step of this.#steps.values()) step.leftElsewhere(id);
    },
    attach: (partition) => {
      const state = { atRest: false };
      this.#partitions.set(partition, state);
      return {
        atRest: (word) => {
          state.atRest ||= this.#paused && word === this.#word;
          this.#lookForRest();
        },
        end: () => {
          this.#partitions.delete(partition);
          this.#lookForRest();
        },
      };
    },
  };

  /** Something was said: all that runs is told of it. */
  #speak(): void {
    this.#word += 1;
    for (const partition of this.#partitions.keys()) partition.steer();
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
