import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Target } from "../../python/lib/records.js";
import { correctProgram, filesOf } from "./layout.js";

/**
 * Text of the buggy program that belongs to the module of a target; null where it has none.
 * @param folder of the source's snapshot
 */
export async function buggyText(folder: string, { source }: Pick<Target, "source">): Promise<string | null> {
  const program = correctProgram(source?.path ?? "");
  return program === null ? null : await readIfThere(join(folder, filesOf(program).buggy));
}

/** A file's text; null where there is no such file. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
