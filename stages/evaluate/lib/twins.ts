import { join } from "node:path";
import type { Target } from "../../python/lib/records.js";
import { changedText } from "./changed-code.js";
import { readIfThere } from "./buggy.js";
import { buggyProgram, filesOf } from "./layout.js";

/**
 * A buggy program and the correct one, each as the text that takes the place of the target's module; null: the module
 * as it is.
 */
export interface Twins {
  /** Where the bug comes from. */
  readonly bug: "pair" | "mutant";
  readonly buggy: string | null;
  readonly correct: string | null;
}

/**
 * The two programs of a target that is a buggy program of a pair, or a mutant. null where it is neither, or where the
 * file that it is made from is not there.
 * @param folder of the source's snapshot
 */
export async function twinsOf(
  folder: string,
  { source, mutant }: Pick<Target, "source" | "mutant">,
): Promise<Twins | null> {
  const path = source?.path ?? "";
  if (mutant !== undefined) {
    const text = await readIfThere(join(folder, path));
    const buggy = text === null ? null : changedText(text, mutant);
    return buggy === null ? null : { bug: "mutant", buggy, correct: null };
  }
  const program = buggyProgram(path);
  const correct = program === null ? null : await readIfThere(join(folder, filesOf(program).correct));
  return correct === null ? null : { bug: "pair", buggy: null, correct };
}
