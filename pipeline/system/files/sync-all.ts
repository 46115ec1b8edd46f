import pMap from "p-map";
import { runChild } from "../child.js";
import { sync } from "./write-file.js";

/** From so many files on, the file system is asked for all of them at once. */
const many = 64;

/**
 * Puts files, and the names in folders, on the disk. Of many, each would wait for the disk by itself: on Linux, one
 * call (syncfs, by `sync --file-system` of the coreutils) does it for the whole file system.
 *
 * @param folder on whose file system all of them lie
 */
export async function syncAll(folder: string, paths: readonly string[]): Promise<void> {
  if (paths.length >= many && process.platform === "linux" && (await syncFileSystem(folder))) return;
  await pMap(paths, sync, { concurrency: 16 });
}

/** False where the command is missing or another one. */
async function syncFileSystem(folder: string): Promise<boolean> {
  return await runChild("sync", ["--file-system", folder]).then(
    () => true,
    () => false,
  );
}
