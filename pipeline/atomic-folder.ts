import { mkdir, mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PipelineError } from "./errors.js";

/**
 * Makes the folder `<root>/<name>` whole or not at all: `fill` works in a temporary folder beside it, which takes
 * the name when `fill` is done. A kill at any moment leaves nothing under the name; what it leaves beside it is
 * removed the next time. A folder that has the name already is replaced; one that another process makes meanwhile stays.
 */
export async function makeFolder(root: string, name: string, fill: (partial: string) => Promise<void>): Promise<void> {
  const place = join(root, name);
  await mkdir(root, { recursive: true });
  await removeLeftOvers(root);
  await rm(place, { recursive: true, force: true });
  const partial = await mkdtemp(join(root, `${name}.${process.pid}.`));
  try {
    await fill(partial);
    await moveInPlace(partial, place);
  } catch (error) {
    throw asDiskError(error, root);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
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

/** Another process may have made the same folder in the meantime: then that one is as good. */
async function moveInPlace(partial: string, place: string): Promise<void> {
  try {
    await rename(partial, place);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
  await sync(dirname(place));
}

/** Removes what processes that are no more left unfinished. */
async function removeLeftOvers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const [, pid] = /\.(\d+)\.\w{6}$/u.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function asDiskError(error: unknown, root: string): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (!["ENOSPC", "EDQUOT", "EROFS"].includes(code)) return error;
  return new PipelineError(`cannot write to ${root}: ${code === "EROFS" ? "the file system is read-only" : "no space is left"}`, {
    code: "disk",
    hint: "free some space there, or keep the project or its cache (PIPELINE_CACHE) on another disk; nothing half-written was left behind",
    cause: error,
  });
}
