import type { Emit } from "../../contract/events.js";
import type { HostFunctions } from "../../partition/protocol.js";
import type { PartitionReceipt } from "../../partition/receipt.js";
import type { PlannedStep } from "../plan/plan.js";
import type { StepInput } from "./step-input.js";
import type { Finished, StepTasks } from "./tasks.js";

/** What a partition that runs has said last: records, or what its own unit counts. */
interface Running {
  readonly done: number;
  readonly total: number;
  readonly unit: string | undefined;
  readonly out: number;
  readonly dropped: number;
}

/** Adds up what the running and the finished partitions of a step say, and tells it as one step's progress. */
export class StepProgress {
  readonly #running = new Map<number, Running>();
  readonly #finished = { done: 0, out: 0, dropped: 0 };
  /** Whether more was to come when it was told last. */
  #wasGrowing = false;
  readonly #step: string;
  readonly #limit: number;
  readonly #input: StepInput;
  readonly #emit: Emit;

  constructor({ step }: PlannedStep, { input }: StepTasks, emit: Emit) {
    this.#step = step.id;
    this.#limit = step.limit ?? Infinity;
    this.#input = input;
    this.#emit = emit;
  }

  /** All records are there: how much there is to do is known by now. */
  whole(): void {
    if (this.#wasGrowing) this.#tell();
  }

  /** Before anything is done: how much there is to do, and where the pace is counted from. */
  begin(): void {
    if (this.#expected > 0) this.#tell();
  }

  /** What a partition came to that does not run again. */
  settled(receipt: Finished): void {
    this.#add(receipt);
  }

  /** What a partition tells its own progress to. */
  of(partition: number): HostFunctions["progress"] {
    return (done, total, unit, out, dropped) => {
      this.#running.set(partition, { done, total, unit, out, dropped });
      this.#tell();
    };
  }

  /** A partition has ended. */
  finished(receipt: PartitionReceipt): void {
    this.#running.delete(receipt.partition);
    this.#add(receipt);
    this.#tell();
  }

  /** Records that the step takes in, as far as they are there. */
  get #expected(): number {
    return Math.min(this.#input.records, this.#limit);
  }

  get #isOnePartition(): boolean {
    return this.#input.isComplete && this.#input.partitions === 1;
  }

  #add({ counts }: Finished): void {
    this.#finished.done += counts.in - counts.skipped;
    this.#finished.out += counts.out;
    this.#finished.dropped += counts.dropped;
  }

  #tell(): void {
    this.#wasGrowing = !this.#input.isComplete;
    const parts = [...this.#running.values()];
    const sum = (key: "done" | "out" | "dropped") =>
      parts.reduce((value, part) => value + part[key], this.#finished[key]);
    // A unit of a stage's own says something of the step only where nothing else adds to it.
    const [only] = parts;
    const own = only?.unit !== undefined && parts.length === 1 && this.#isOnePartition ? only : undefined;
    this.#emit({
      type: "step-progress",
      step: this.#step,
      done: own?.done ?? Math.min(sum("done"), this.#expected),
      total: own?.total ?? this.#expected,
      ...(own?.unit !== undefined && { unit: own.unit }),
      ...(this.#wasGrowing && { growing: true }),
      out: sum("out"),
      dropped: sum("dropped"),
    });
  }
}
