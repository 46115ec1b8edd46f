import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DeclaredLicence } from "./licence.js";

/** What a source's own metadata says, read without running any of its code. */
export interface Description {
  readonly requirements: readonly string[];
  /** Folders that Python imports from, POSIX. */
  readonly importRoots: readonly string[];
  readonly declaredLicence: DeclaredLicence;
  /** POSIX paths of the licence texts. */
  readonly licenceFiles: readonly string[];
}

/** The text of a file of the source, or null where there is none. */
export async function readText(folder: string, path: string): Promise<string | null> {
  try {
    return await readFile(join(folder, path), "utf8");
  } catch {
    return null;
  }
}

/** Names of what stands in one folder of the source, sorted; empty where there is no such folder. */
export async function namesIn(
  folder: string,
  path: string,
): Promise<{ readonly files: readonly string[]; readonly folders: readonly string[] }> {
  const entries = await readdir(join(folder, path), { withFileTypes: true }).catch(() => []);
  const names = (kind: "isFile" | "isDirectory") =>
    entries
      .filter((entry) => entry[kind]())
      .map(({ name }) => name)
      .toSorted();
  return { files: names("isFile"), folders: names("isDirectory") };
}

/** Requirement lines that hold for every user: those of an extra are for whoever asks for it. */
export function ownRequirements(lines: readonly string[]): string[] {
  return lines.map((line) => line.trim()).filter((line) => line !== "" && !/;.*\bextra\s*={2,3}/u.test(line));
}
