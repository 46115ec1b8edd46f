import { copyFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { PipelineError } from "../system/errors.js";
import { hashFile } from "../system/hash.js";
import type { Refusal } from "./files.js";
import type { SourceContext } from "./pinned.js";

/** A file of the user's at one moment. */
export interface FileState {
  /** Absolute. */
  readonly file: string;
  readonly name: string;
  /** SHA-256 of its bytes. */
  readonly hash: string;
}

/** Reads what a file holds. Throws a PipelineError (reference) where there is none. */
export async function readOwnFile(
  path: string,
  { baseDir, signal }: Pick<SourceContext, "baseDir" | "signal">,
): Promise<FileState> {
  const file = resolve(baseDir, path);
  const found = await stat(file).catch(() => null);
  if (found?.isFile() !== true) {
    const what = found === null ? "there is none" : "it is a folder, or none that can be read";
    throw new PipelineError(`expected a file at ${file}, but ${what}`, {
      code: "reference",
      hint: `"file:${path}" is relative to the pipeline file's folder`,
    });
  }
  return { file, name: basename(file), hash: await hashFile(file, signal) };
}

/** Copies a file into a folder, and checks that the copy is what `state` says. */
export async function copyOwnFile(
  { file, name, hash }: FileState,
  folder: string,
  signal: AbortSignal,
): Promise<readonly Refusal[]> {
  await copyFile(file, join(folder, name));
  if ((await hashFile(join(folder, name), signal)) === hash) return [];
  throw new PipelineError(`the file ${file} changed while it was copied`, {
    code: "source",
    hint: "run again when nothing writes to it",
  });
}
