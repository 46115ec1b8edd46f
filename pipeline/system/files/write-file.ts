import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isUniqueNameOf, uniqueName } from "./unique.js";

/** Where a file is written before it gets its name: no two processes have the same place. */
export function partialPath(path: string): string {
  return `${path}.${uniqueName()}${partialEnding}`;
}

/** What the names of unfinished files end with. */
export const partialEnding = ".partial";

/** Writes a file so that it is there whole or not at all, also after a kill or a loss of power. */
export async function writeFileAtomic(path: string, text: string): Promise<void> {
  const partial = partialPath(path);
  try {
    const file = await open(partial, "w");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await commitFile(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/**
 * The same of a file that lies among a user's own, or that several processes write: what a killed one left of it is
 * removed, by its age.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFileAtomic(path, text);
  const { mtimeMs: now } = await stat(path);
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!name.endsWith(partialEnding) || !isUniqueNameOf(basename(path), name.slice(0, -partialEnding.length)))
      continue;
    const left = await stat(join(folder, name)).catch(() => null);
    if (left !== null && now - left.mtimeMs > writingMayTake) await rm(join(folder, name), { force: true });
  }
}

/** Milliseconds after which a small file that is not finished never will be. */
const writingMayTake = 10 * 60_000;

/** Gives a synced file its final name, durably. */
export async function commitFile(partial: string, path: string): Promise<void> {
  await rename(partial, path);
  await sync(dirname(path));
}

/** Puts a file's bytes, or the names in a folder, on the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
