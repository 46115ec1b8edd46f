import { anyOf, createStop } from "../../system/abort.js";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Listening } from "../../executors/executor.js";
import { placedReceipt } from "../../partition/task-paths.js";
import type { HostFunctions, ItemWord } from "../../partition/protocol.js";
import { openInputs } from "../../partition/open-inputs.js";
import type { PartitionReceipt } from "../../partition/receipt.js";
import type { PlannedStep } from "../plan/plan.js";
import { giveBack, reserve, usedUp } from "./budget.js";
import { tellItems } from "./items.js";
import { inLanes } from "./lanes.js";
import { tryAgain } from "./retry.js";
import type { Steering } from "./steering.js";
import type { StepSurroundings } from "./step-surroundings.js";
import type { Finished, StepTasks } from "./tasks.js";

/** What the host of a partition is told, beside what the step itself has to say to it. */
export interface SteeredListeners extends Pick<HostFunctions, "atRest" | "item"> {
  readonly partition: number;
  readonly listening: Listening;
  /** Told of tokens that a model has written for it. */
  readonly spend: (tokens: number) => void;
  /** Aborted when the partition is not to go on. */
  readonly signal: AbortSignal;
}

/** A host for one partition; `end` when the partition has ended. */
export type OpenHost = () => {
  readonly host: (listeners: SteeredListeners) => HostFunctions;
  readonly end: () => void;
};

/**
 * Runs the partitions of a step that are not finished, as the run is steered, with what may be used and tried again.
 * Answers what all of them came to. Throws a PipelineError (budget) where a budget leaves some to a later run.
 *
 * @param left what this attempt at the step has left so far
 */
export async function runPartitions(
  { step, folder }: PlannedStep,
  tasks: StepTasks,
  { left, openHost, onFinished }: PartitionsOfStep,
  surroundings: StepSurroundings,
): Promise<Finished[]> {
  const { executor, session, steering, budgets, emit, retries, tellsItems } = surroundings;
  const stop = createStop();
  // A stage that sees everything at once cannot go on with a part of it.
  const isWhole = step.stage.parallel === "whole";
  const signal = anyOf([surroundings.signal, stop.signal, ...(isWhole ? [steering.closing] : [])]);
  const tell = tellItems(step.id, emit);
  const item = (word: ItemWord): void => {
    if (word.type === "finished" && word.outcome === "skipped") steering.skipped(word.id);
    tell(word);
  };

  const spend = (tokens: number): void => {
    for (const budget of budgets) budget.useTokens(tokens);
  };

  async function run(partition: number, quota: number | null, last: PartitionReceipt | null) {
    const { host, end } = openHost();
    let steered: ReturnType<Steering["attach"]> | undefined;
    const hostOf = (listening: Listening) => {
      steered = steering.attach(listening);
      return host({ partition, listening, item, atRest: steered.atRest, signal, spend });
    };
    try {
      if (isWhole && last !== null) await rm(join(folder, "output"), { recursive: true, force: true });
      const task = tasks.task(partition, { orders: steering.orders, quota, tellsItems }, last);
      return placedReceipt(await executor.run(task, hostOf, signal), session.roots);
    } finally {
      steered?.end();
      end();
    }
  }

  /** One try at a partition; null where nothing of it may begin. */
  async function attempt(partition: number, last: PartitionReceipt | null): Promise<PartitionReceipt | null> {
    await steering.pass();
    if (isWhole || budgets.length === 0) return await run(partition, null, last);
    const quota = await reserve(budgets, tasks.size);
    let begun = 0;
    try {
      if (quota === 0 || steering.closing.aborted) return null;
      const receipt = await run(partition, quota, last);
      begun = begunIn(receipt) - (last === null ? 0 : begunIn(last) - last.counts.failed + openInputs(last).waiting);
      return receipt;
    } finally {
      giveBack(budgets, quota, begun);
    }
  }

  const finished = left.map((receipt) =>
    receipt !== undefined && isOpen(receipt, surroundings) ? undefined : receipt,
  );
  const queue = [...finished.keys()].filter((partition) => finished[partition] === undefined);
  try {
    await inLanes(queue, executor.slots, stop, async (partition) => {
      const before = left[partition];
      const first = await attempt(partition, before !== undefined && "partition" in before ? before : null);
      if (first === null) return;
      const receipt = await tryAgain(first, (earlier) => attempt(partition, earlier), {
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

interface PartitionsOfStep {
  readonly left: readonly (Finished | undefined)[];
  readonly openHost: OpenHost;
  readonly onFinished: (receipt: PartitionReceipt) => void;
}

/**
 * Inputs that failed in an earlier run of this same attempt run again; what a budget left to this run does in any case.
 */
export function isOpen(receipt: Finished, { acceptFailures }: Pick<StepSurroundings, "acceptFailures">): boolean {
  if (!("partition" in receipt)) return false;
  return openInputs(receipt).waiting > 0 || (!acceptFailures && receipt.counts.failed > 0);
}

/** Items that have been begun. */
function begunIn(receipt: PartitionReceipt): number {
  return receipt.counts.in - receipt.counts.skipped - openInputs(receipt).waiting;
}
