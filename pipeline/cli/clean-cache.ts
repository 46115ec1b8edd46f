import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { leftIn, type Removable } from "../engine/state/cleaning.js";
import { removeFolder } from "../system/files/remove-folder.js";
import { sizeOf } from "../system/files/size.js";
import { unfinishedFolder } from "../system/files/work-folder.js";

/** What the user's cache holds, by its folders. */
const rooms = {
  python: "Python environments",
  git: "commits of repositories",
  downloads: "packages",
  gguf: "converted models",
  unpacked: "unpacked models",
  "llama.cpp": "converters of llama.cpp",
  tokenizers: "tokenizers",
  tools: "programs of checkers",
  wine: "what wine sets up once",
  models: "models",
} as const;

/** One kind of thing in the cache: what of it can go, and what stays. */
export interface CacheRoom {
  readonly what: string;
  readonly entries: readonly Removable[];
  readonly kept: { readonly entries: number; readonly bytes: number };
}

/** Days without a use after which something in the cache is old. */
export const oldAfterDays = 30;

/**
 * What can go from the user's cache: what was not used for 30 days, or with `all` everything; of models only where they
 * are asked for. What was begun and left goes always.
 */
export async function removableCache(
  cacheDir: string,
  { all, models, now }: { readonly all: boolean; readonly models: boolean; readonly now: number },
): Promise<CacheRoom[]> {
  const found = await Promise.all(
    Object.entries(rooms).map(async ([name, what]) => {
      const root = join(cacheDir, name);
      const whole = await Promise.all(
        (await foldersIn(root)).map(async (entry) => {
          const path = join(root, entry);
          const isOld = now - (await stat(path)).mtimeMs > oldAfterDays * 24 * 3_600_000;
          return {
            path,
            bytes: await sizeOf(path),
            goes: (all || isOld) && (name !== "models" || models),
            remove: async () => await removeFolder(path, join(root, unfinishedFolder)),
          };
        }),
      );
      const kept = whole.filter(({ goes }) => !goes);
      return {
        what,
        entries: whole.filter(({ goes }) => goes),
        kept: { entries: kept.length, bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0) },
      };
    }),
  );
  const left = await Promise.all(
    Object.keys(rooms).map(async (name) => [
      ...(await leftIn(join(cacheDir, name), now)),
      ...(await leftBefore(join(cacheDir, name), now)),
    ]),
  );
  return [...found, { what: "unfinished work", entries: left.flat(), kept: { entries: 0, bytes: 0 } }];
}

/** What earlier versions left unfinished, under other names. */
async function leftBefore(root: string, now: number): Promise<Removable[]> {
  const places = (await readdir(root).catch(() => [])).filter(isLeftName).map((name) => join(root, name));
  const found = await Promise.all(
    places.map(async (path) => ({ path, age: now - (await stat(path)).mtimeMs, bytes: await sizeOf(path) })),
  );
  return found
    .filter(({ age }) => age > 24 * 3_600_000)
    .map(({ path, bytes }) => ({ path, bytes, remove: async () => await rm(path, { recursive: true, force: true }) }));
}

async function foldersIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && entry.name !== unfinishedFolder && !isLeftName(entry.name))
    .map(({ name }) => name);
}

function isLeftName(name: string): boolean {
  return /\.partial$|\.\d+\.\w{6}$/u.test(name);
}
