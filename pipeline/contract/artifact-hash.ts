import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { hashFile, hashValue } from "../system/hash.js";

/**
 * By what an artifact is known: of a file its SHA-256; of a folder the hash over the names and SHA-256 of all files in
 * it.
 */
export async function hashArtifact(
  folder: string,
  path: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const place = join(folder, path);
  const found = await stat(place);
  if (!found.isDirectory()) return { sha256: await hashFile(place), bytes: found.size };
  const entries = (await readdir(place, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const names = entries
    .map((entry) => relative(place, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
  const files = await Promise.all(
    names.map(async (name) => {
      const file = join(place, name);
      return { name, sha256: await hashFile(file), bytes: (await stat(file)).size };
    }),
  );
  return {
    sha256: hashValue(files.map(({ name, sha256 }) => [name, sha256])),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
