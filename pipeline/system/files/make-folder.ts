import { access, mkdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PipelineError } from "../errors.js";
import { lockWherePossible } from "./lock.js";
import { uniqueName } from "./unique.js";
import { unfinishedFolder, WorkFolder } from "./work-folder.js";
import { sync } from "./write-file.js";

/** How a folder is made. */
export interface Making {
  /** Whether the folder that stands there can be used as it is; one that is there can, unless told. */
  readonly isWhole?: ((folder: string) => Promise<boolean>) | undefined;
  /** Whether `fill` goes on with what an attempt left that failed or was killed. */
  readonly resumable?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called once where another process makes the same folder, which is waited for. */
  readonly onWait?: (() => void) | undefined;
}

/**
 * Makes the folder `<root>/<name>` whole or not at all, however many processes and machines want it at once, and
 * answers its path. `fill` works in a folder that no other process has; that gets the name when `fill` is done. Who
 * wants the same meanwhile waits for the name's lock; where the disk knows no locks each makes its own, and the first
 * to finish names it. A folder that is not whole gives way to its replacement when that is whole, not before.
 */
export async function makeFolder(
  root: string,
  name: string,
  fill: (folder: string) => Promise<void>,
  making: Making = {},
): Promise<string> {
  const { isWhole = exists, resumable = false, signal } = making;
  const place = join(root, name);
  if (await isWhole(place)) return await noteUse(place);
  try {
    await mkdir(join(root, unfinishedFolder), { recursive: true });
    const onWait = madeHere.has(place) ? undefined : making.onWait;
    const lock = await lockWherePossible(join(root, unfinishedFolder, `${name}.lock`), { signal, onWait });
    madeHere.add(place);
    try {
      // Another process may have made it while this one waited.
      if (!(await isWhole(place))) await make({ root, name, isWhole, resumable, isLocked: lock !== null }, fill);
    } finally {
      madeHere.delete(place);
      lock?.release();
    }
  } catch (error) {
    throw asDiskError(error, root);
  }
  return place;
}

/** What this process makes: who asks for the same here has nothing to be told of. */
const madeHere = new Set<string>();

/** A folder below `root` that this process alone has while `use` works in it. It goes afterwards. */
export async function withWorkFolder<T>(root: string, name: string, use: (folder: string) => Promise<T>): Promise<T> {
  try {
    const work = await WorkFolder.create(root, name);
    try {
      await work.removeLeftOvers(name, { isLocked: false });
      return await use(work.content);
    } finally {
      await work.remove();
    }
  } catch (error) {
    throw asDiskError(error, root);
  }
}

interface Wanted {
  readonly root: string;
  readonly name: string;
  readonly isWhole: (folder: string) => Promise<boolean>;
  readonly resumable: boolean;
  readonly isLocked: boolean;
}

async function make(wanted: Wanted, fill: (folder: string) => Promise<void>): Promise<void> {
  const { root, name, resumable, isLocked } = wanted;
  const work = await WorkFolder.create(root, name, { resumable });
  let isDone = false;
  try {
    if (resumable) await work.takeOver(name, { isLocked });
    await work.removeLeftOvers(name, { isLocked });
    await fill(work.content);
    await moveInPlace(work.content, wanted);
    isDone = true;
  } finally {
    if (isDone || !resumable) await work.remove();
    else work.leave();
  }
}

/** Another process may have made the same folder in the meantime: then that one is as good. */
async function moveInPlace(content: string, { root, name, isWhole }: Wanted): Promise<void> {
  const place = join(root, name);
  for (;;) {
    try {
      await rename(content, place);
      return await sync(dirname(place));
    } catch (error) {
      if (!["ENOTEMPTY", "EEXIST", "ENOTDIR", "EPERM"].includes(codeOf(error)) || !(await exists(place))) throw error;
    }
    if (await isWhole(place)) return;
    const replaced = join(root, unfinishedFolder, `${name}.${uniqueName()}`);
    await rename(place, replaced).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
    });
    await rm(replaced, { recursive: true, force: true });
  }
}

/** The time of a finished folder is when it was last used; `pipeline clean` goes by it. */
export async function noteUse(place: string): Promise<string> {
  const now = new Date();
  const used = await stat(place);
  // Not everyone may write to a cache that is shared, and reading it is what counts.
  if (now.getTime() - used.mtimeMs > 3_600_000) await utimes(place, now, now).catch(() => undefined);
  return place;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

function asDiskError(error: unknown, root: string): unknown {
  const code = codeOf(error);
  if (!["ENOSPC", "EDQUOT", "EROFS"].includes(code)) return error;
  return new PipelineError(
    `cannot write to ${root}: ${code === "EROFS" ? "the file system is read-only" : "no space is left"}`,
    {
      code: "disk",
      hint:
        "free some space there, or keep the project or its cache (PIPELINE_CACHE) on another disk; nothing " +
        "half-written was left behind",
      cause: error,
    },
  );
}
