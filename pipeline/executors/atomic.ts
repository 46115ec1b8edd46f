import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { sync } from "../atomic-folder.js";

/** Writes a file so that it is there whole or not at all, also after a kill or a loss of power. */
export async function writeFileAtomic(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  const file = await open(partial, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(partial, { force: true });
    throw error;
  }
  await file.close();
  await commitFile(partial, path);
}

/** Gives a synced file its final name, durably. */
export async function commitFile(partial: string, path: string): Promise<void> {
  await rename(partial, path);
  await sync(dirname(path));
}
