import type { Figure } from "../lib/figures/statistics.js";

/** Whether a model has more of something than another one, by an interval. */
export type Verdict = "more" | "less" | "unclear";

/** Whether an interval lies on one side of 0; null where there is nothing to compare. */
export function verdictOf({ value, low, high }: Figure): Verdict | null {
  if (value === null || low === null || high === null) return null;
  return low > 0 ? "more" : high < 0 ? "less" : "unclear";
}
