import type { ReasonCount } from "../contract/reasons.js";
import type { PartitionReceipt } from "./receipt.js";

/** Code of what a user has left out while the step ran. */
export const skippedByUser = "skipped-by-user";
/** Code of what a budget has left to a later run. */
export const outOfBudget = "budget";

/** Inputs of a partition that failed, by what has to be done about them. */
export interface OpenInputs {
  /** Something around them broke: it may go well when they are tried again. */
  readonly broken: number;
  /** Nobody has worked on them yet. */
  readonly waiting: number;
}

/** What a partition has left open. */
export function openInputs({ reasons }: Pick<PartitionReceipt, "reasons">): OpenInputs {
  const failed = reasons.filter(({ type }) => type === "failed");
  const sum = (counted: readonly { readonly count: number }[]) =>
    counted.reduce((total, { count }) => total + count, 0);
  return { broken: sum(failed.filter(isBroken)), waiting: sum(failed.filter(({ code }) => code === outOfBudget)) };
}

/** Whether something around inputs broke: neither a user nor a budget left them out. */
export function isBroken({ type, code }: Pick<ReasonCount, "type" | "code">): boolean {
  return type === "failed" && code !== skippedByUser && code !== outOfBudget;
}
