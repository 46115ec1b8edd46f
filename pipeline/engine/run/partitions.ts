import { openInputs } from "../../partition/open-inputs.js";
import type { PartitionReceipt } from "../../partition/receipt.js";
import { anyOf, createStop } from "../../system/abort.js";
import type { PlannedStep } from "../plan/plan.js";
import { Attempts, type OpenHost } from "./attempts.js";
import { usedUp } from "./budget.js";
import { inLanes } from "./lanes.js";
import { tryAgain } from "./retry.js";
import type { StepSurroundings } from "./step-surroundings.js";
import type { Finished, StepTasks } from "./tasks.js";

/** What there is of the partitions of a step, and who listens to them. */
interface PartitionsOfStep {
  readonly left: readonly (Finished | undefined)[];
  readonly openHost: OpenHost;
  readonly onFinished: (receipt: PartitionReceipt) => void;
}

/**
 * Runs the partitions of a step that are not finished, as the run is steered, with what may be used and tried again.
 * Answers what all of them came to. Throws a PipelineError (budget) where a budget leaves some to a later run.
 *
 * @param left what this attempt at the step has left so far
 */
export async function runPartitions(
  planned: PlannedStep,
  tasks: StepTasks,
  { left, openHost, onFinished }: PartitionsOfStep,
  surroundings: StepSurroundings,
): Promise<Finished[]> {
  const { executor, steering, budgets, emit, retries } = surroundings;
  const { step } = planned;
  const stop = createStop();
  // A stage that sees everything at once cannot go on with a part of it.
  const isWhole = step.stage.parallel === "whole";
  const signal = anyOf([surroundings.signal, stop.signal, ...(isWhole ? [steering.closing] : [])]);
  const attempts = new Attempts(planned, { tasks, openHost, signal }, surroundings);
  const finished = left.map((receipt) =>
    receipt !== undefined && isOpen(receipt, surroundings) ? undefined : receipt,
  );
  const queue = [...finished.keys()].filter((partition) => finished[partition] === undefined);
  try {
    await inLanes(queue, executor.slots, stop, async (partition) => {
      const before = left[partition];
      const first = await attempts.attempt(partition, before !== undefined && "partition" in before ? before : null);
      if (first === null) return;
      const receipt = await tryAgain(first, (earlier) => attempts.attempt(partition, earlier), {
        step: step.id,
        retries,
        isClosed: () => steering.closing.aborted,
        emit,
        signal,
      });
      finished[partition] = receipt;
      onFinished(receipt);
    });
  } catch (error) {
    const spent = usedUp(budgets);
    if (isWhole && spent !== undefined && steering.closing.aborted && !surroundings.signal.aborted) throw spent.error();
    throw error;
  }
  const whole = finished.filter((receipt) => receipt !== undefined);
  const spent = usedUp(budgets);
  if (spent !== undefined && (whole.length < finished.length || whole.some((each) => openInputs(each).waiting > 0)))
    throw spent.error();
  return whole;
}

/**
 * Inputs that failed in an earlier run of this same attempt run again; what a budget left to this run does in any case.
 */
export function isOpen(receipt: Finished, { acceptFailures }: Pick<StepSurroundings, "acceptFailures">): boolean {
  if (!("partition" in receipt)) return false;
  return openInputs(receipt).waiting > 0 || (!acceptFailures && receipt.counts.failed > 0);
}
