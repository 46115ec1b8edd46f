import { statfs } from "node:fs/promises";
import { bytes } from "../byte-size.js";
import { PipelineError } from "../errors.js";

/**
 * Throws a PipelineError (disk) where a folder's disk has less than so many bytes free, before work is begun that
 * would fill it.
 */
export async function requireSpace(folder: string, needed: number, what: string): Promise<void> {
  const disk = await statfs(folder).catch(() => null);
  // A file system that does not tell, as some in networks.
  if (disk === null || disk.blocks === 0) return;
  const free = disk.bavail * disk.bsize;
  if (free >= needed) return;
  throw new PipelineError(`${what} needs ${bytes(needed)}, ${bytes(free)} free at ${folder}`, {
    code: "disk",
    hint:
      "free some space there (pipeline models remove, pipeline clean), or keep the cache on another disk: " +
      "PIPELINE_CACHE=/path",
  });
}
