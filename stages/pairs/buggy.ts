import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Target } from "../../pipeline/records.js";

const correct = "correct_python_programs/";

/** Text of the buggy program that belongs to a target's module, of a source whose snapshot is in `folder`; null where there is none. */
export async function buggyText(folder: string, { source }: Pick<Target, "source">): Promise<string | null> {
  const path = source?.path ?? "";
  const at = path.lastIndexOf(correct);
  if (at === -1) return null;
  const buggy = `${path.slice(0, at)}python_programs/${path.slice(at + correct.length)}`;
  return await readFile(join(folder, buggy), "utf8").catch(() => null);
}
