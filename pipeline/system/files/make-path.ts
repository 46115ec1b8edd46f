import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { PipelineError } from "../errors.js";

/**
 * Makes a folder, with those above it that are missing; nothing where it is there. Throws a PipelineError (disk) where
 * it cannot be made.
 * @param what the folder is, for the error: "the cache folder"
 * @param hint what to do where it cannot be made
 */
export function makePath(path: string, what: string, hint: string): void {
  try {
    make(resolve(path));
  } catch (error) {
    const { code = "unknown", path: place = path } = error as NodeJS.ErrnoException;
    throw new PipelineError(`cannot make ${what} ${path}: ${reasons[code] ?? "it failed"} (${code}, ${place})`, {
      code: "disk",
      hint,
      cause: error,
    });
  }
}

/**
 * Node's own `recursive` takes ENOENT for a missing folder above and tries again, without end where a file system such
 * as /proc answers so to any new folder.
 */
function make(path: string): void {
  if (isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) make(above);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it in the meantime.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Versions of Node differ in what they throw for a path below a file; making it says what is wrong.
    return false;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "you may not write there",
  EDQUOT: "no space is left",
  EEXIST: "a file has that name",
  ENOENT: "no folder can be made there",
  ENOSPC: "no space is left",
  ENOTDIR: "what is above it is a file",
  EPERM: "you may not write there",
  EROFS: "the file system is read-only",
};
