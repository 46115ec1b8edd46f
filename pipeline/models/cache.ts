import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { sync } from "../atomic-folder.js";
import { hashFile } from "../hash.js";

const Entry = z.strictObject({
  source: z.string().describe("The pinned source: pypi:NAME@VERSION, hf:OWNER/REPO@COMMIT/FILE"),
  file: z.string().describe("Name of the model file in the entry's folder"),
  sha256: z.string().describe("SHA-256 of the model file"),
  bytes: z.int(),
  modified: z.number().describe("When the file was last changed, milliseconds since the epoch"),
});
type Entry = z.infer<typeof Entry>;

/** A model file in the user's cache. */
export interface CachedModel {
  /** Absolute path of the GGUF file. */
  readonly path: string;
  readonly source: string;
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

/**
 * The cached model of a key. `fill` is called where there is none: it puts the model file into a folder and answers its
 * name; the folder keeps what an earlier, broken attempt left there. What becomes visible is whole.
 */
export async function cached(
  cacheDir: string,
  { key, source }: { readonly key: string; readonly source: string },
  fill: (folder: string) => Promise<string>,
): Promise<CachedModel> {
  const folder = join(modelsFolder(cacheDir), key);
  const known = await readEntry(folder);
  if (known !== null) return known;
  await rm(folder, { recursive: true, force: true });
  const partial = `${folder}.partial`;
  await mkdir(partial, { recursive: true });
  const file = await fill(partial);
  const path = join(partial, file);
  const sha256 = await hashFile(path);
  await sync(path);
  const { size, mtimeMs } = await stat(path);
  await writeFile(join(partial, "model.json"), JSON.stringify({ source, file, sha256, bytes: size, modified: mtimeMs } satisfies Entry));
  await sync(join(partial, "model.json"));
  await rename(partial, folder);
  await sync(modelsFolder(cacheDir));
  return { path: join(folder, file), source, file, sha256, bytes: size };
}

export async function forget(cacheDir: string, key: string): Promise<void> {
  await rm(join(modelsFolder(cacheDir), key), { recursive: true, force: true });
}

/** The entry of a folder, where its file is what it was when it was put there. A file that was touched is hashed again. */
async function readEntry(folder: string): Promise<CachedModel | null> {
  try {
    const { file, sha256, bytes, source, modified } = Entry.parse(JSON.parse(await readFile(join(folder, "model.json"), "utf8")));
    const path = join(folder, file);
    const found = await stat(path);
    const same = found.size === bytes && (found.mtimeMs === modified || (await hashFile(path)) === sha256);
    return same ? { path, source, file, sha256, bytes } : null;
  } catch {
    return null;
  }
}

function modelsFolder(cacheDir: string): string {
  return join(cacheDir, "models");
}
