import { statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { availableMemory } from "node:process";
import { bytes } from "../../system/byte-size.js";
import { memoryLimit } from "../../system/memory.js";
import { openCacheDir } from "../../system/cache-dir.js";
import { counted } from "../../reporters/format.js";
import type { Finding } from "./finding.js";

/** Least free space for a run of the pipeline that ships, with its model and environments. Bytes. */
const leastDisk = 2e9;
/** Least memory for a small model in two processes and the tests beside it. Bytes. */
const leastMemory = 4e9;

/** The processors that this process may use. */
export function countProcessors(): Finding {
  return { status: "ok", found: counted(availableParallelism(), "core") };
}

/** The memory that the machine, or its container, allows; a warning below what a small model and its tests take. */
export function measureMemory(): Finding {
  const limit = memoryLimit();
  const found =
    `${bytes(limit)}${limit < totalmem() ? ` of the machine's ${bytes(totalmem())}` : ""}, ` +
    `${bytes(availableMemory())} free`;
  return limit >= leastMemory ? { status: "ok", found } : { status: "warning", found, fix: "run with --workers 1" };
}

/**
 * Free space for the working folder and for the cache, which is made where it is missing. Throws a PipelineError (disk)
 * where it cannot be made.
 */
export async function measureDisk(): Promise<Finding> {
  const cache = openCacheDir();
  const places = await Promise.all(
    [["this folder", process.cwd()] as const, ["the cache", cache] as const].map(async ([name, path]) => {
      const { bavail, bsize } = await statfs(path);
      return { name, path, free: bavail * bsize };
    }),
  );
  const found = places.map(({ name, free }) => `${bytes(free)} free for ${name}`).join(", ");
  const isEnough = places.every(({ free }) => free >= leastDisk);
  return {
    status: isEnough ? "ok" : "warning",
    found,
    details: [`cache: ${cache}`],
    ...(!isEnough && { fix: `free some space: a run with a model needs about ${bytes(leastDisk)}` }),
  };
}
