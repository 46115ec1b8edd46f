import { setImmediate } from "node:timers/promises";
import type { Context } from "../../../pipeline/contract/stage.js";
import type { Groups } from "./apportion.js";
import { HeldOutTexts } from "./held-out.js";
import type { Rows } from "./rows.js";

const rowsBetweenPauses = 256;

/** Groups that stand in one split together. */
export interface Families {
  readonly groups: Groups;
  /** The family of a group, by their keys. */
  readonly of: (group: string) => string;
}

/**
 * Joins the groups that hold near-identical rows, so that what would have to be left out of one of two splits stands in
 * one. Groups that are pinned to different splits stay apart. Memory grows with the groups that are joined.
 */
export async function joinTwins(
  rows: Rows,
  groups: Groups,
  { threshold, context }: { threshold: number; context: Pick<Context, "index" | "progress" | "seed" | "signal"> },
): Promise<Families> {
  const parents = new Map<string, string>();
  const pinned = new Map(groups.pinned.entries());
  const rootOf = (group: string): string => {
    let root = group;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    return root;
  };
  const join = (one: string, other: string): void => {
    // The smaller key stands for both, whichever was met first.
    const [root, child] = [rootOf(one), rootOf(other)].toSorted() as [string, string];
    const [split, otherSplit] = [pinned.get(root), pinned.get(child)];
    if (root === child || (split !== undefined && otherSplit !== undefined && split !== otherSplit)) return;
    parents.set(child, root);
    const kept = split ?? otherSplit;
    if (kept !== undefined) pinned.set(root, kept);
  };

  const met = new HeldOutTexts(rows, threshold, context.seed, context);
  for (let position = 0; position < rows.count; position += 1) {
    const row = rows.get(position);
    const twin = met.find(row);
    if (twin !== undefined) join(rows.groupOf(position), rows.groupOf(twin));
    met.add(position, row);
    if (position % rowsBetweenPauses === 0) {
      context.progress(position, rows.count, "rows compared");
      await setImmediate(); // so that an interruption is heard
      context.signal.throwIfAborted();
    }
  }

  const joined: Groups = { rows: context.index(), pinned: context.index(), split: groups.split };
  for (const [group, count] of groups.rows.entries()) {
    const family = rootOf(group);
    joined.rows.set(family, String(Number(joined.rows.get(family) ?? 0) + Number(count)));
    const split = pinned.get(family);
    if (split !== undefined) joined.pinned.set(family, split);
  }
  return { groups: joined, of: rootOf };
}
