import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PipelineError } from "../../system/errors.js";
import { makePath } from "../../system/files/make-path.js";
import { replaceFile } from "../../system/files/write-file.js";
import { readStamp } from "../../contract/generated-file.js";

/** A test file of the output folder, and what became of it. */
export interface PlacedFile {
  /** Name in the output folder. */
  readonly name: string;
  /** Name among what the run left; null for a file of an earlier run. */
  readonly from: string | null;
  /** `kept`: what stands there is the user's. `replaced`: it is gone, since another one takes its place. */
  readonly status: "written" | "unchanged" | "kept" | "replaced";
  /** Why it was kept. */
  readonly why?: string;
}

/** Throws a PipelineError (usage) where tests cannot be put into a folder of this name. */
export async function expectFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return;
  throw new PipelineError(`expected a folder for the tests at ${folder}, but there is a file`, {
    code: "usage",
    hint: "name another folder with -o",
  });
}

/** Makes the folder that the tests go to. Throws a PipelineError (disk) where it cannot be made. */
export function makeTestsFolder(folder: string): void {
  makePath(folder, "the folder for the tests,", "name another folder with -o");
}

/** Puts test files where the user wants them, each whole or not at all, and never over what is not ours to change. */
export async function placeFiles(
  names: readonly string[],
  { from, folder, force }: { readonly from: string; readonly folder: string; readonly force: boolean },
): Promise<PlacedFile[]> {
  makeTestsFolder(folder);
  return await Promise.all(
    names.map(async (name): Promise<PlacedFile> => {
      const text = await readFile(join(from, name), "utf8");
      const there = await readIfThere(join(folder, name));
      if (there === text) return { name, from: name, status: "unchanged" };
      const why = there === null || force ? null : whyKept(there, text);
      if (why !== null) return { name, from: name, status: "kept", why };
      await replaceFile(join(folder, name), text);
      return { name, from: name, status: "written" };
    }),
  );
}

/** Why a file that stands where another is to go is not ours to change; null where it is. */
export function whyKept(there: string, text: string): string | null {
  const [old, fresh] = [readStamp(there), readStamp(text)];
  if (old === null) return "it was not written by this command";
  if (!old.isIntact) return "it was changed since it was written";
  return old.subject === fresh?.subject ? null : `it holds tests of ${old.subject}`;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
