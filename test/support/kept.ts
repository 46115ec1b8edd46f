import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { unfinishedFolder, unfinishedIn } from "../../pipeline/system/files/work-folder.js";

/** What a folder of a cache holds: what is finished, and what is not, without the locks. */
export async function kept(root: string): Promise<string[]> {
  const names = (await readdir(root).catch(() => [])).filter((name) => name !== unfinishedFolder);
  const unfinished = await unfinishedIn(join(root, unfinishedFolder));
  return [...names, ...unfinished.map(({ name }) => join(unfinishedFolder, name))].toSorted();
}
