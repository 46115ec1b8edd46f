import { readFile, stat } from "node:fs/promises";

/**
 * Whether a file's content is what Git LFS keeps in a repository in place of a large file: a text that says where the
 * content is, found by its hash.
 */
export function isLfsPointer(bytes: Uint8Array): boolean {
  return (
    bytes.length < largest &&
    Buffer.from(bytes).toString("latin1").startsWith("version https://git-lfs.github.com/spec/")
  );
}

/** The same of a file on this machine; what cannot be read is none. */
export async function holdsLfsPointer(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true && found.size < largest && isLfsPointer(await readFile(path));
}

/** Bytes that git allows a pointer to have. */
const largest = 1024;

/** What to do about one. */
export const lfsHint = "the content is not here: run `git lfs pull` in a clone of the repository, and name that folder";
