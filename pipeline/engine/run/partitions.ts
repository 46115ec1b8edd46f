import pMap from "p-map";
import { openInputs } from "../../partition/open-inputs.js";
import type { PartitionReceipt } from "../../partition/receipt.js";
import { anyOf, createStop, interrupted } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import type { PlannedStep } from "../plan/plan.js";
import { Attempts, type OpenHost } from "./attempts.js";
import { usedUp } from "./budget.js";
import { inLanes } from "./lanes.js";
import { tryAgain } from "./retry.js";
import type { StepProgress } from "./step-progress.js";
import type { StepSurroundings } from "./step-surroundings.js";
import type { Finished, StepTasks } from "./tasks.js";

/** Receipts of an earlier run that are read at once. */
const readAtOnce = 16;

/**
 * Runs the partitions of a step that are not finished, as their records come and as the run is steered, with what may
 * be used and tried again. Answers what all of them came to; null where the step cannot go on as it began, or is not to
 * go on: a step that it reads is another than it was to be, or the run comes to its end. Throws a PipelineError
 * (budget) where a budget leaves some to a later run.
 */
export class Partitions {
  readonly #tasks: StepTasks;
  readonly #progress: StepProgress;
  readonly #around: StepSurroundings;
  readonly #attempts: Attempts;
  readonly #stop = createStop();
  readonly #signal: AbortSignal;
  /** Aborted when nobody waits for records any longer. */
  readonly #leave: AbortSignal;
  readonly #step: string;
  readonly #isWhole: boolean;
  /** What was left of those that have been looked at. */
  readonly #left = new Map<number, Finished | undefined>();
  readonly #finished = new Map<number, Finished>();

  constructor(
    planned: PlannedStep,
    { tasks, openHost, progress }: { tasks: StepTasks; openHost: OpenHost; progress: StepProgress },
    surroundings: StepSurroundings,
  ) {
    const { steering, signal, halt } = surroundings;
    this.#tasks = tasks;
    this.#progress = progress;
    this.#around = surroundings;
    this.#step = planned.step.id;
    // A stage that sees everything at once cannot go on with a part of it.
    this.#isWhole = planned.step.stage.parallel === "whole";
    this.#signal = anyOf([signal, this.#stop.signal, ...(this.#isWhole ? [steering.closing] : [])]);
    this.#leave = anyOf([this.#signal, steering.closing, halt]);
    this.#attempts = new Attempts(planned, { tasks, openHost, signal: this.#signal }, surroundings);
  }

  /** Looks for what earlier runs have left of the partitions whose records are there. */
  async lookBack(): Promise<void> {
    const numbers = Array.from({ length: this.#tasks.input.partitions }, (_, partition) => partition);
    await pMap(numbers, async (partition) => await this.#look(partition), { concurrency: readAtOnce });
  }

  async run(): Promise<readonly Finished[] | null> {
    const { executor, steering, budgets, signal } = this.#around;
    const arrival = this.#tasks.input.waitForAll(this.#leave);
    void arrival.then((what) => what === "there" && this.#progress.whole());
    try {
      await inLanes(executor.slots, this.#stop, async (partition) => await this.#take(partition));
    } catch (error) {
      const spent = usedUp(budgets);
      if (this.#isWhole && spent !== undefined && steering.closing.aborted && !signal.aborted) throw spent.error();
      throw error;
    }
    if (signal.aborted) throw interrupted();
    const { input } = this.#tasks;
    if (input.isComplete) await arrival;
    const whole = [...this.#finished].toSorted(([a], [b]) => a - b).map(([, receipt]) => receipt);
    if (input.isBroken) return null;
    const isAll = input.isComplete && whole.length === input.partitions;
    const spent = usedUp(budgets);
    if (spent !== undefined && (!isAll || whole.some((each) => openInputs(each).waiting > 0))) throw spent.error();
    return isAll ? whole : null;
  }

  /** Does what is to be done for a partition; false where there is none, or none may begin. */
  async #take(partition: number): Promise<boolean> {
    if (this.#around.halt.aborted) return false;
    if ((await this.#tasks.input.wait(partition, this.#leave)) !== "there") return false;
    if (!this.#left.has(partition)) await this.#look(partition);
    if (this.#finished.has(partition)) return true;
    const before = this.#left.get(partition);
    const first = await this.#attempt(partition, before !== undefined && "partition" in before ? before : null);
    if (first === null) return true;
    const receipt = await tryAgain(first, async (earlier) => await this.#attempt(partition, earlier), {
      step: this.#step,
      retries: this.#around.retries,
      isClosed: () => this.#around.steering.closing.aborted,
      emit: this.#around.emit,
      signal: this.#signal,
    });
    this.#progress.finished(receipt);
    this.#finish(partition, receipt);
    return true;
  }

  /** As often as it has to wait for the end of the steps before it. */
  async #attempt(partition: number, last: PartitionReceipt | null): Promise<PartitionReceipt | null> {
    for (;;) {
      try {
        return await this.#attempts.attempt(partition, last);
      } catch (error) {
        const isEarly = error instanceof PipelineError && error.code === "early";
        if (!isEarly) throw error;
        if ((await this.#tasks.input.waitForAll(this.#leave)) !== "there") return null;
      }
    }
  }

  async #look(partition: number): Promise<void> {
    const receipt = await this.#tasks.left(partition);
    this.#left.set(partition, receipt);
    if (receipt === undefined || isOpen(receipt, this.#around)) return;
    this.#progress.settled(receipt);
    this.#finish(partition, receipt);
  }

  #finish(partition: number, receipt: Finished): void {
    this.#finished.set(partition, receipt);
    if ("partition" in receipt) this.#around.feed.add(receipt);
  }
}

/**
 * Inputs that failed in an earlier run of this same attempt run again; what a budget left to this run does in any case.
 */
function isOpen(receipt: Finished, { acceptFailures }: Pick<StepSurroundings, "acceptFailures">): boolean {
  if (!("partition" in receipt)) return false;
  return openInputs(receipt).waiting > 0 || (!acceptFailures && receipt.counts.failed > 0);
}
