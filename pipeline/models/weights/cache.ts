import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { makeFolder, type Making, noteUse } from "../../system/files/make-folder.js";
import { sync } from "../../system/files/write-file.js";
import { hashFile } from "../../system/hash.js";
import { bytesOf, folderHash } from "./folder.js";
import { wholeOf } from "../../system/gguf-parts.js";

const file = {
  sha256: z.string(),
  bytes: z.int(),
  modified: z.number().describe("When the file was last changed, milliseconds since the epoch"),
};
const source = z
  .string()
  .describe("The pinned source: pypi:NAME@VERSION, hf:OWNER/REPO@COMMIT/FILE, hf:OWNER/REPO@COMMIT");
const Entry = z.union([
  z.strictObject({ source, file: z.string().describe("Name of the model file in the entry's folder"), ...file }),
  z.strictObject({
    source,
    parts: z
      .array(z.strictObject({ name: z.string(), ...file }))
      .min(2)
      .describe("The parts of a model file, in the entry's folder"),
  }),
  z.strictObject({
    source,
    files: z
      .array(z.strictObject({ name: z.string(), ...file }))
      .min(1)
      .describe("The files of a model that is a folder"),
  }),
]);
type Entry = z.infer<typeof Entry>;

/** A model in the user's cache. */
export interface CachedModel {
  /** Absolute path of the GGUF file, or of the folder in the form of transformers. */
  readonly path: string;
  readonly source: string;
  /** Name of the file; of a folder what the repository is called. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The models in the cache, by source. */
export async function listModels(cacheDir: string): Promise<CachedModel[]> {
  const folders = await readdir(modelsFolder(cacheDir)).catch(() => []);
  const found = await Promise.all(folders.map(async (key) => await readEntry(join(modelsFolder(cacheDir), key))));
  return found.filter((model) => model !== null).toSorted((a, b) => (a.source < b.source ? -1 : 1));
}

/** A model of one file that is in the cache, whatever place it came from. */
export async function findCached(cacheDir: string, sha256: string): Promise<CachedModel | null> {
  const found = (await listModels(cacheDir)).find((model) => model.sha256 === sha256) ?? null;
  if (found !== null) await noteUse(dirname(found.path));
  return found;
}

/** A model as the cache knows it, and how it is waited for. */
interface Wanted extends Pick<Making, "signal" | "onWait" | "resumable"> {
  readonly key: string;
}

/** The name of a model's folder in the cache. */
export function keyOf(name: string, sha256: string): string {
  return `${name}-${sha256.slice(0, 12)}`;
}

/** What was put into a folder of the cache. */
export interface Filled {
  /** The pinned source that it came from. */
  readonly source: string;
  /** Names of the model file, or of all its parts, in order. */
  readonly names: readonly string[];
  /** Whether they are the files of a model that is a folder, and lie in its own (`modelFolder`). */
  readonly isFolder?: boolean;
}

/**
 * The cached model of a key. `fill` is called where there is none: it puts the model file, or all its parts, or the
 * folder of one, into a folder; where the work is resumable, the folder holds what an earlier, broken attempt left
 * there. What becomes visible is whole.
 */
export async function cached(
  cacheDir: string,
  wanted: Wanted,
  fill: (folder: string) => Promise<Filled>,
): Promise<CachedModel> {
  return await keep(cacheDir, wanted, async (folder) => {
    const { source, names, isFolder = false } = await fill(folder);
    if (isFolder) return await folderEntry(source, names, join(folder, modelFolder));
    const parts = await Promise.all(names.map(async (name) => ({ name, ...(await describe(join(folder, name))) })));
    const [only, ...others] = parts;
    if (only === undefined || others.length > 0) return { source, parts };
    const { name, ...facts } = only;
    return { source, file: name, ...facts };
  });
}

/** The same of a model that is a folder: the names are those of its files. */
export async function cachedFolder(
  cacheDir: string,
  wanted: Wanted,
  fill: (folder: string) => Promise<Filled>,
): Promise<CachedModel> {
  return await keep(cacheDir, wanted, async (folder) => {
    const model = join(folder, modelFolder);
    await mkdir(model, { recursive: true });
    const { source, names } = await fill(model);
    return await folderEntry(source, names, model);
  });
}

async function folderEntry(source: string, names: readonly string[], folder: string): Promise<Entry> {
  return {
    source,
    files: await Promise.all(names.map(async (name) => ({ name, ...(await describe(join(folder, name))) }))),
  };
}

async function keep(
  cacheDir: string,
  { key, ...making }: Wanted,
  make: (partial: string) => Promise<Entry>,
): Promise<CachedModel> {
  const place = await makeFolder(
    modelsFolder(cacheDir),
    key,
    async (partial) => {
      const entry = await make(partial);
      await writeFile(join(partial, entryFile), JSON.stringify(entry));
      await sync(join(partial, entryFile));
      await sync(partial);
    },
    { ...making, isWhole: async (folder) => (await readEntry(folder)) !== null },
  );
  const model = await readEntry(place);
  if (model === null) throw new Error(`the model ${place} was removed while it was in use`);
  return model;
}

/** Hashes a file, and puts it on the disk. */
async function describe(path: string): Promise<{ sha256: string; bytes: number; modified: number }> {
  const sha256 = await hashFile(path);
  await sync(path);
  const { size, mtimeMs } = await stat(path);
  return { sha256, bytes: size, modified: mtimeMs };
}

/**
 * The entry of a folder, where its files are what they were when they were put there. A file that was touched is hashed
 * again.
 */
async function readEntry(folder: string): Promise<CachedModel | null> {
  try {
    const entry = Entry.parse(JSON.parse(await readFile(join(folder, entryFile), "utf8")));
    const files =
      "files" in entry
        ? entry.files.map((each) => ({ ...each, name: join(modelFolder, each.name) }))
        : "parts" in entry
          ? entry.parts
          : [{ name: entry.file, ...entry }];
    const same = await Promise.all(
      files.map(async ({ name, sha256, bytes, modified }) => {
        const path = join(folder, name);
        const found = await stat(path);
        return found.size === bytes && (found.mtimeMs === modified || (await hashFile(path)) === sha256);
      }),
    );
    return same.every(Boolean) ? asModel(entry, folder) : null;
  } catch {
    return null;
  }
}

/** What is known of a model, beside it. */
const entryFile = "model.json";
/** Where the files of a model lie that is a folder. */
export const modelFolder = "model";

function asModel(entry: Entry, folder: string): CachedModel {
  if ("parts" in entry) {
    const first = entry.parts[0]?.name ?? "";
    return { path: join(folder, first), source: entry.source, file: first, ...wholeOf(entry.parts) };
  }
  if (!("files" in entry))
    return {
      path: join(folder, entry.file),
      source: entry.source,
      file: entry.file,
      sha256: entry.sha256,
      bytes: entry.bytes,
    };
  const name = /^(?:hf:[^/]+\/|pypi:)([^@]+)/u.exec(entry.source)?.[1] ?? basename(folder);
  return {
    path: join(folder, modelFolder),
    source: entry.source,
    file: name,
    sha256: folderHash(entry.files),
    bytes: bytesOf(entry.files),
  };
}

function modelsFolder(cacheDir: string): string {
  return join(cacheDir, "models");
}
