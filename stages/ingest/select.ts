import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { sha256 } from "../../pipeline/hash.js";

/** The files of a snapshot, POSIX paths in code point order. Links are left out: what they lead to stands there under its own name. */
export async function listTree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return inCodePointOrder(paths);
}

/** The n paths that are smallest by hash(seed, path), and the others: a larger n only adds. */
export function choose(paths: readonly string[], n: number, seed: number): { readonly taken: readonly string[]; readonly left: readonly string[] } {
  if (paths.length <= n) return { taken: paths, left: [] };
  const ranked = paths.map((path) => ({ path, rank: sha256(`${seed}\n${path}`) })).toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
  const taken = new Set(ranked.slice(0, n).map(({ path }) => path));
  return { taken: paths.filter((path) => taken.has(path)), left: paths.filter((path) => !taken.has(path)) };
}

function inCodePointOrder(paths: readonly string[]): string[] {
  return paths.map((path) => ({ path, bytes: Buffer.from(path) })).toSorted((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ path }) => path);
}
