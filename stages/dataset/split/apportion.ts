import type { Split } from "../../../pipeline/contract/records.js";
import type { DiskIndex } from "../../../pipeline/contract/stage.js";

/** The share of all rows that each split is to get: 0 to 1, together 1. */
export type Ratios = Readonly<Record<Split, number>>;

/** What is known of each group, by its key: all of it on disk. */
export interface Groups {
  /** Number of rows. */
  readonly rows: DiskIndex;
  /** The split of a group that is pinned to one. */
  readonly pinned: DiskIndex;
  /** The split of every group: written here. */
  readonly split: DiskIndex;
}

interface Group {
  readonly key: string;
  readonly rows: number;
}

/**
 * Where in the order of keys a split begins to take groups: far apart, so that growth moves groups between a split and
 * the rest, not between two splits.
 */
const beginsAt: Readonly<Record<Split, string>> = { test: "0", val: "8", train: "4" };

/**
 * Gives every group a split, so that the rows of each split come as close to its ratio as whole groups allow. Groups
 * that are larger than the smallest split go first, the largest of them to the split that lacks most. The others follow
 * in the order of their keys: the smaller splits take what fits, the largest split has the rest. So the split of a
 * group depends on its own key and hardly on the other groups. A split with a ratio gets one group at least, if there
 * are enough.
 */
export function apportion(groups: Groups, ratios: Ratios): void {
  const have = { train: 0, val: 0, test: 0 };
  const members = { train: 0, val: 0, test: 0 };
  const give = ({ key, rows }: Group, split: Split) => {
    groups.split.set(key, split);
    have[split] += rows;
    members[split] += 1;
  };

  let total = 0;
  for (const group of all(groups)) {
    total += group.rows;
    const pinned = groups.pinned.get(group.key);
    if (pinned !== undefined) give(group, pinned as Split);
  }
  const wanted = wantedRows(ratios, total);
  const lacking = (split: Split) => wanted[split] - have[split];
  const [rest, ...smaller] = (["train", "test", "val"] as const)
    .filter((split) => ratios[split] > 0)
    .toSorted((a, b) => ratios[b] - ratios[a]);
  if (rest === undefined) return;

  const smallest = Math.max(1, Math.min(...[rest, ...smaller].map((split) => wanted[split])));
  for (const group of largerThan(smallest, groups)) {
    give(
      group,
      smaller.reduce((most, split) => (lacking(split) > lacking(most) ? split : most), rest),
    );
  }

  for (const split of smaller) {
    let over: Group | undefined;
    for (const group of free(groups, beginsAt[split])) {
      if (lacking(split) <= 0) break;
      if (group.rows <= lacking(split)) give(group, split);
      else if (over === undefined || group.rows < over.rows) over = group;
    }
    // One group too many is better than too few rows, where it misses the ratio by less.
    if (over !== undefined && over.rows < 2 * lacking(split)) give(over, split);
  }
  for (const group of free(groups)) give(group, rest);

  for (const split of smaller) {
    const donor = (["train", "val", "test"] as const).reduce(
      (most, candidate) => (members[candidate] > members[most] ? candidate : most),
      rest,
    );
    const moved = members[split] === 0 && members[donor] > 1 ? smallestFree(groups, donor) : undefined;
    if (moved === undefined) continue;
    have[donor] -= moved.rows;
    members[donor] -= 1;
    give(moved, split);
  }
}

/** Rows for each split: the ratios of the total, in whole rows that sum to it. */
function wantedRows(ratios: Ratios, total: number): Record<Split, number> {
  const exact = (["train", "test", "val"] as const).map((split) => ({
    split,
    rows: ratios[split] * total,
    whole: Math.floor(ratios[split] * total),
  }));
  const wanted = { train: 0, val: 0, test: 0 };
  for (const { split, whole } of exact) wanted[split] = whole;
  const left = total - exact.reduce((sum, { whole }) => sum + whole, 0);
  const byRemainder = exact.toSorted((a, b) => b.rows - b.whole - (a.rows - a.whole));
  for (const { split } of byRemainder.slice(0, Math.max(0, left))) wanted[split] += 1;
  return wanted;
}

/** Free groups with more rows than this, largest first: fewer than total / rows of them, so they fit in memory. */
function largerThan(rows: number, groups: Groups): Group[] {
  const large: Group[] = [];
  for (const group of free(groups)) if (group.rows > rows) large.push(group);
  return large.toSorted((a, b) => b.rows - a.rows || (a.key < b.key ? -1 : 1));
}

function smallestFree(groups: Groups, split: Split): Group | undefined {
  let smallest: Group | undefined;
  for (const group of all(groups)) {
    if (groups.split.get(group.key) !== split || groups.pinned.get(group.key) !== undefined) continue;
    if (smallest === undefined || group.rows < smallest.rows) smallest = group;
  }
  return smallest;
}

/** Groups without a split, in the order of their keys, from the given key on and then around. */
function* free(groups: Groups, from = "0"): Generator<Group> {
  for (const isBefore of [false, true]) {
    for (const group of all(groups)) {
      if (group.key < from === isBefore && groups.split.get(group.key) === undefined) yield group;
    }
  }
}

function* all({ rows }: Groups): Generator<Group> {
  for (const [key, count] of rows.entries()) yield { key, rows: Number(count) };
}
