import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import envPaths from "env-paths";

/** Folder of this package: where config/, the Python files and dist/ lie, whether run from source or built. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** A compiled module of this package, also where the rest runs from source. */
export function compiledModule(path: string): string {
  return join(packageRoot, "dist", path);
}

/** The environment variable that names another cache folder. */
export const cacheVariable = "PIPELINE_CACHE";

/** The user's cache folder, an absolute path: models, downloads, Python environments. PIPELINE_CACHE overrides it. */
export function defaultCacheDir(): string {
  const named = process.env[cacheVariable] ?? "";
  return named === "" ? usualCacheDir() : resolve(named);
}

/** The cache folder of a user who names none: what the system keeps such folders in decides. */
export function usualCacheDir(): string {
  return envPaths("distil-pipeline", { suffix: "" }).cache;
}

/**
 * Where a path of a pipeline file may lie, the first that is there counting: relative to that file, or else to the
 * configuration that ships.
 */
export function configuredPaths(path: string, baseDir: string): readonly [string, ...string[]] {
  return isAbsolute(path) ? [path] : [resolve(baseDir, path), join(packageRoot, "config", path)];
}

function findRoot(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : findRoot(dirname(folder));
}
