import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import picomatch from "picomatch";
import { sha256 } from "../../../pipeline/system/hash.js";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";

interface Selection {
  /** POSIX paths in code point order. */
  readonly taken: readonly string[];
  readonly left: readonly { readonly path: string; readonly reason: Reason }[];
  /** Whether a folder of the source is a package with an __init__.py. */
  readonly isPackage: (folder: string) => boolean;
}

interface SelectOptions {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Whether globs match names in any case; they do not unless told. */
  readonly ignoreCase?: boolean;
  readonly maxPerSource?: number | undefined;
}

/**
 * Which files of a snapshot to read. Of more than `maxPerSource`, those smallest by hash(seed, path): a larger number
 * only adds.
 */
export async function selectFiles(
  folder: string,
  { include, exclude, ignoreCase = false, maxPerSource = Infinity }: SelectOptions,
  seed: number,
): Promise<Selection> {
  const all = await listFiles(folder);
  const matches = picomatch([...include], { dot: true, nocase: ignoreCase, ignore: [...exclude] });
  const matching = all.filter((path) => matches(path));
  const ranks = new Map(matching.map((path) => [path, sha256(`${seed}\n${path}`)]));
  const ranked = matching.toSorted((a, b) => ((ranks.get(a) ?? "") < (ranks.get(b) ?? "") ? -1 : 1));
  const chosen = new Set(ranked.slice(0, maxPerSource));
  const names = new Set(all);
  return {
    taken: matching.filter((path) => chosen.has(path)),
    left: matching
      .filter((path) => !chosen.has(path))
      .map((path) => ({
        path,
        reason: reason(
          "more-than-max-per-source",
          `maxPerSource: not among the ${maxPerSource} files chosen by the seed`,
        ),
      })),
    isPackage: (inner) => names.has(`${inner}/__init__.py`),
  };
}

/** Links are left out: what they lead to stands in the source under its own name. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return paths
    .map((path) => ({ path, bytes: Buffer.from(path) }))
    .toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ path }) => path);
}
