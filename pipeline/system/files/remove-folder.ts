import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { uniqueName } from "./unique.js";

/**
 * Removes a folder whole: it loses its name first, so that a kill leaves no half of it under that name.
 *
 * @param trash folder on the same disk; `emptyTrash` removes what a kill left there
 */
export async function removeFolder(place: string, trash: string): Promise<void> {
  const nameless = join(trash, uniqueName());
  await mkdir(trash, { recursive: true });
  try {
    await rename(place, nameless);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  await rm(nameless, { recursive: true, force: true });
}

/** Removes what was moved to this folder; can be called again after it was cut short. */
export async function emptyTrash(trash: string): Promise<void> {
  await rm(trash, { recursive: true, force: true });
}
