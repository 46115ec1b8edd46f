import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Listening } from "../../executors/executor.js";
import { openInputs } from "../../partition/open-inputs.js";
import type { HostFunctions, ItemWord } from "../../partition/protocol.js";
import type { PartitionReceipt } from "../../partition/receipt.js";
import { placedReceipt } from "../../partition/task-paths.js";
import type { PlannedStep } from "../plan/plan.js";
import { atOption } from "./at-option.js";
import { giveBack, reserve } from "./budget.js";
import { tellItems } from "./items.js";
import type { StepSteering } from "./step-steering.js";
import type { StepSurroundings } from "./step-surroundings.js";
import type { StepTasks } from "./tasks.js";

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

/** Tries at the partitions of a step: as the run is steered, with what the budgets allow. */
export class Attempts {
  readonly #planned: PlannedStep;
  readonly #tasks: StepTasks;
  readonly #openHost: OpenHost;
  readonly #around: StepSurroundings;
  readonly #signal: AbortSignal;
  readonly #tell: (word: ItemWord) => void;

  /** @param signal aborted when no partition of the step is to go on */
  constructor(
    planned: PlannedStep,
    {
      tasks,
      openHost,
      signal,
    }: { readonly tasks: StepTasks; readonly openHost: OpenHost; readonly signal: AbortSignal },
    surroundings: StepSurroundings,
  ) {
    this.#planned = planned;
    this.#tasks = tasks;
    this.#openHost = openHost;
    this.#around = surroundings;
    this.#signal = signal;
    this.#tell = tellItems(planned.step.id, surroundings.emit);
  }

  /**
   * One try at a partition; null where nothing of it may begin.
   * @param last what this attempt at the step has left of it
   */
  async attempt(partition: number, last: PartitionReceipt | null): Promise<PartitionReceipt | null> {
    const { steering, budgets } = this.#around;
    await steering.pass(this.#signal);
    if (this.#isWhole || budgets.length === 0) return await this.#inSlot(() => this.#run(partition, null, last));
    const quota = await reserve(budgets, this.#tasks.size);
    let begun = 0;
    try {
      const receipt = quota === 0 ? null : await this.#inSlot(() => this.#run(partition, quota, last));
      if (receipt === null) return null;
      begun = begunIn(receipt) - (last === null ? 0 : begunIn(last) - last.counts.failed + openInputs(last).waiting);
      return receipt;
    } finally {
      giveBack(budgets, quota, begun);
    }
  }

  /** Works once there is a slot; null where nothing may begin by then. */
  async #inSlot<T>(work: () => Promise<T>): Promise<T | null> {
    const { slots, steering, halt } = this.#around;
    const leave = await slots.take(this.#planned.step.id, this.#signal);
    try {
      return halt.aborted || steering.closing.aborted ? null : await work();
    } finally {
      leave();
    }
  }

  /** @param quota items that it may begin; null: all */
  async #run(partition: number, quota: number | null, last: PartitionReceipt | null): Promise<PartitionReceipt> {
    const { executor, session, steering, tellsItems } = this.#around;
    const release = this.#tasks.input.hold();
    const { host, end } = this.#openHost();
    let steered: ReturnType<StepSteering["attach"]> | undefined;
    const hostOf = (listening: Listening) => {
      steered = steering.attach(listening);
      return host({
        partition,
        listening,
        atRest: steered.atRest,
        item: (word) => this.#noteItem(word),
        spend: (tokens) => this.#spend(tokens),
        signal: this.#signal,
      });
    };
    try {
      if (this.#isWhole && last !== null)
        await rm(join(this.#planned.folder, "output"), { recursive: true, force: true });
      const task = await this.#tasks.task(partition, { orders: steering.orders, quota, tellsItems }, last);
      return placedReceipt(await executor.run(task, hostOf, this.#signal), session.roots);
    } catch (error) {
      throw atOption(error, this.#planned.step);
    } finally {
      steered?.end();
      end();
      release();
    }
  }

  get #isWhole(): boolean {
    return this.#planned.step.stage.parallel === "whole";
  }

  #noteItem(word: ItemWord): void {
    if (word.type === "finished" && word.outcome === "skipped") this.#around.steering.skipped(word.id);
    this.#tell(word);
  }

  #spend(tokens: number): void {
    for (const budget of this.#around.budgets) budget.useTokens(tokens);
  }
}

/** Items that have been begun. */
function begunIn(receipt: PartitionReceipt): number {
  return receipt.counts.in - receipt.counts.skipped - openInputs(receipt).waiting;
}
