import { limitKey } from "../../partition/limit-key.js";
import { readRecordFiles, type RecordFile } from "../../partition/record-file.js";
import type { AnyRecord } from "../../contract/kind.js";

/**
 * The largest hash(seed, id) among the `limit` smallest: records up to it are taken, the others skipped.
 * A larger limit only adds records. Memory grows with the limit, not with the input.
 */
export async function limitThreshold(
  files: readonly RecordFile[],
  limit: number,
  seed: number,
): Promise<string | null> {
  const smallest: string[] = [];
  for await (const { id } of readRecordFiles<AnyRecord>(files)) {
    const key = limitKey(seed, id);
    if (smallest.length === limit && key >= (smallest.at(-1) ?? "")) continue;
    smallest.splice(insertionPoint(smallest, key), 0, key);
    if (smallest.length > limit) smallest.pop();
  }
  return smallest.at(-1) ?? null;
}

function insertionPoint(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
