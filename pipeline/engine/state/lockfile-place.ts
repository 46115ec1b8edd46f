import { constants } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../system/hash.js";
import { packageRoot } from "../../system/paths.js";
import type { EngineOptions } from "../config/options.js";

/**
 * Path of the lock file of a pipeline whose folder is `baseDir`: beside the pipeline. That of one that ships is in the
 * user's cache, one for each folder that it is run in, and begins with the pins that ship: where this program is
 * installed nothing is written. In the program's own folder, as in a clone, it is beside the pipeline too.
 */
export async function lockfilePlace(
  baseDir: string,
  { cwd, cacheDir }: Pick<EngineOptions, "cwd" | "cacheDir">,
): Promise<string> {
  const shipped = join(packageRoot, "config");
  const beside = join(baseDir, "pipeline.lock");
  if (baseDir !== shipped || cwd === packageRoot) return beside;
  const folder = join(cacheDir, "locks", sha256(`run ${cwd}`).slice(0, 16));
  const place = join(folder, "pipeline.lock");
  await mkdir(folder, { recursive: true });
  await copyFile(beside, place, constants.COPYFILE_EXCL).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
  return place;
}
