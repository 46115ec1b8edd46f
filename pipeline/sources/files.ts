import { readdir, readlink, realpath, rm } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { type Reason, reason } from "../contract/reasons.js";

/** A file that is left out for safety, and why. */
export interface Refusal {
  readonly path: string;
  readonly reason: Reason;
}

/** What a folder holds. */
export interface Listing {
  /** Files and links, POSIX paths in code point order. */
  readonly files: readonly { readonly path: string; readonly link: boolean }[];
  readonly refused: readonly Refusal[];
}

/** Lists the files below a folder, without following links, and without what `skip` answers true for. */
export async function listFiles(
  root: string,
  skip: (path: string, isFolder: boolean) => boolean = () => false,
): Promise<Listing> {
  const files: { path: string; link: boolean }[] = [];
  const refused: Refusal[] = [];

  async function walk(folder: string): Promise<void> {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (skip(path, entry.isDirectory())) continue;
      const unsafe = unsafeName(entry.name);
      if (unsafe !== null) refused.push({ path, reason: reason("unsafe-name", `name: ${unsafe}`) });
      else if (entry.isDirectory()) await walk(path);
      else if (entry.isFile() || entry.isSymbolicLink()) files.push({ path, link: entry.isSymbolicLink() });
      else refused.push({ path, reason: reason("not-a-file", "kind: neither a file nor a folder") });
    }
  }

  await walk("");
  return { files: inOrder(files), refused: inOrder(refused) };
}

/** Takes out of a folder every link that is absolute, broken or leads outside it. */
export async function removeUnsafeLinks(root: string, files: Listing["files"]): Promise<Refusal[]> {
  const top = await realpath(root);
  const refused: Refusal[] = [];
  for (const { path } of files.filter(({ link }) => link)) {
    const unsafe = await unsafeLink(top, path);
    if (unsafe === null) continue;
    await rm(join(root, path));
    refused.push({ path, reason: reason("unsafe-link", `link: ${unsafe}`) });
  }
  return refused;
}

/** In the order of the paths' code points, the same on every machine. */
export function inOrder<T extends { readonly path: string }>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, bytes: Buffer.from(item.path) }))
    .toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ item }) => item);
}

async function unsafeLink(top: string, path: string): Promise<string | null> {
  const target = await readlink(join(top, path));
  if (isAbsolute(target)) return "it has an absolute target";
  try {
    const inside = relative(top, await realpath(join(top, path)));
    return inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)
      ? "it leads outside the source"
      : null;
  } catch {
    return "it is broken";
  }
}

/** Names that could mean another file elsewhere, or that cannot be written down. */
function unsafeName(name: string): string | null {
  if (name.includes("\uFFFD")) return "not UTF-8";
  // oxlint-disable-next-line no-control-regex
  return /[\u0000-\u001F\u007F\\]/u.test(name) ? "it holds a control character or a backslash" : null;
}
