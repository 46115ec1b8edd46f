import { makePath } from "./files/make-path.js";
import { cacheVariable, defaultCacheDir, usualCacheDir } from "./paths.js";

/**
 * The user's cache folder, which is made where it is missing. Throws a PipelineError (disk) that says who named it
 * where it cannot be made. One that is there may be read-only: what is in it is of use all the same.
 */
export function openCacheDir(cacheDir = defaultCacheDir()): string {
  const isNamed = cacheDir === defaultCacheDir() && cacheDir !== usualCacheDir();
  const other = "name a folder that can be made and written to";
  makePath(
    cacheDir,
    "the cache folder",
    isNamed
      ? `${cacheVariable} names it: ${other}, or unset it for the usual one, ${usualCacheDir()}`
      : `${other}: ${cacheVariable}=/path`,
  );
  return cacheDir;
}
