import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SourceTree } from "../../../pipeline/contract/sources.js";

/** POSIX path of a file inside a source, where the source holds it as it is; null where it does not. */
export async function pathInSource(
  file: string,
  bytes: Uint8Array,
  { folder }: Pick<SourceTree, "folder">,
): Promise<string | null> {
  const parts = file.split("/").slice(1);
  for (let first = 0; first < parts.length; first += 1) {
    const path = parts.slice(first).join("/");
    const held = await readFile(join(folder, path)).catch(() => null);
    if (held?.equals(bytes) === true) return path;
  }
  return null;
}
