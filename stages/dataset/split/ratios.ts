import type { Split } from "../../../pipeline/contract/records.js";
import type { GroupKind } from "./group.js";

/** What came of a split, as far as its ratios go. */
export interface Outcome {
  readonly ratios: Readonly<Record<Split, number>>;
  /** Rows that pass on. */
  readonly rows: Readonly<Record<Split, number>>;
  /** Rows that were left out, because they are near-identical to one of another split. */
  readonly nearDuplicates: number;
  /** Rows that `assign` puts into a split whatever its ratio. */
  readonly pinned: Readonly<Record<Split, number>>;
  readonly group: GroupKind;
  /** Rows of the largest group, and how many groups there are. */
  readonly groups: { readonly largest: number; readonly count: number };
  /** Whether rows say which row of a table they are. */
  readonly hasTables: boolean;
}

/** Says which ratios are missed by more than half, and what can be done; null where none is. */
export function missedRatios(outcome: Outcome): string | null {
  const { ratios, rows, pinned } = outcome;
  const total = rows.train + rows.val + rows.test;
  const splits = (["train", "val", "test"] as const).map((split) => ({
    split,
    rows: rows[split],
    wanted: Math.round(ratios[split] * total),
    pinned: pinned[split],
  }));
  const isMissed = splits.some((each) => each.wanted > 0 && (isTooSmall(each) || isTooLarge(each)));
  if (!isMissed) return null;
  const shown = splits.map(
    ({ split, rows: has, wanted }) => `${split} has ${has} of ${total} rows (wanted: ${wanted})`,
  );
  return `the ratios are missed by more than half: ${shown.join(", ")}. ${cause(outcome, total)}`;
}

interface Share {
  readonly rows: number;
  readonly wanted: number;
  readonly pinned: number;
}

function isTooSmall({ rows, wanted }: Share): boolean {
  return rows < wanted / 2;
}

/** Of few rows, one more is as near as can be; what is assigned to a split was wanted there. */
function isTooLarge({ rows, wanted, pinned }: Share): boolean {
  return rows > wanted * 1.5 && rows - wanted > 1 && pinned <= wanted * 1.5;
}

function cause({ group, groups, hasTables, pinned, nearDuplicates }: Outcome, total: number): string {
  if (pinned.train + pinned.val + pinned.test > total / 2)
    return "`assign` places more than half of the rows: change it, or the ratios";
  if (nearDuplicates > total / 2)
    return (
      `${nearDuplicates} more were left out as near-identical to one of another split: more of other code is ` +
      `wanted`
    );
  const whole =
    `A group stands in one split as a whole (group: ${group}), and the largest of ${groups.count} has ` +
    `${groups.largest} ${groups.largest === 1 ? "row" : "rows"}`;
  if (group === "file" && hasTables)
    return `${whole}: write group: row, if rows of one table may stand in different splits`;
  if (group === "package" && groups.count < 10) return `${whole}: write group: file, or take more packages`;
  return `${whole}: take more sources, or other ratios`;
}
