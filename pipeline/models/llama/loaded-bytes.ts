import type { ModelType } from "../../contract/finetuning.js";
import type { GgufModel, Weights } from "../weights/gguf-model.js";

/** What of a model decides how large it is once it is loaded. */
export type LoadedModel = Pick<GgufModel, "weights" | "adapter" | "quantization">;

/**
 * Bytes that are loaded of a model, as far as can be told before it is fetched and made: its adapter counts, and the
 * number format that it is made into.
 */
export function loadedBytes({ weights, adapter, quantization }: LoadedModel): number {
  const stored = ("bytes" in weights ? weights.bytes : undefined) ?? typicalWheel;
  const from = bitsOf(weights);
  const own = quantization === null || from === null ? stored : (stored * bitsPerWeight[quantization]) / from;
  return (
    own + (adapter === null ? 0 : (("bytes" in adapter.weights ? adapter.weights.bytes : undefined) ?? typicalAdapter))
  );
}

/** What a model takes of memory while it is asked, in bytes. */
export interface ModelMemory {
  /** The file with its weights: mapped, so that all its processes hold it once. */
  readonly shared: number;
  /** What each process holds for itself: its context, compute buffers, Node, and the weights that it lays out anew. */
  readonly process: number;
}

/**
 * What a model takes of memory with contexts of so many tokens in all, as far as can be told before it is loaded.
 * Rather too much than too little. Measured with 4096 tokens, what a process held for itself was 0.22 GB for
 * SmolLM2-135M Q4_1, 0.31 for Qwen2.5-Coder-0.5B Q4_K_M and 0.97 for 1.5B, beside the files of 0.1, 0.49 and 1.12 GB.
 */
export function estimatedMemory(
  model: LoadedModel,
  {
    contextTokens = usualContext,
    fileBytes: shared = loadedBytes(model),
  }: { readonly contextTokens?: number; readonly fileBytes?: number } = {},
): ModelMemory {
  const context = (contextTokens / usualContext) * (100e6 + shared * 0.05);
  return { shared, process: 300e6 + context + (mayBeLaidOutAnew(model) ? shared * laidOutAnew : 0) };
}

/** Bytes that it takes to ask a model at all: those of one process with all that it needs. */
export function neededBytes(model: LoadedModel & Partial<Pick<GgufModel, "contextTokens">>): number {
  const { shared, process } = estimatedMemory(model, { contextTokens: model.contextTokens ?? usualContext });
  return shared + process;
}

const usualContext = 4096;

/** Of the bytes of a model in 4 bits: some of its tensors are always of another format. */
const laidOutAnew = 0.6;

/** On a CPU llama.cpp copies the weights of some number formats into an order that is multiplied faster. */
function mayBeLaidOutAnew({ weights, quantization }: LoadedModel): boolean {
  const type = quantization ?? typeNamedBy(weights);
  return type === null || ["q4_0", "q4_k_m", "q4_k_s", "q2_k"].includes(type);
}

/** A package index takes files of about this size; the size of one is not known before it is fetched. */
const typicalWheel = 100e6;
const typicalAdapter = 10e6;

/**
 * Bits of a weight as it is stored; null where nothing tells. A folder in the form of transformers mostly holds 16, and
 * a GGUF file says it in its name.
 */
function bitsOf(weights: Weights): number | null {
  switch (weights.type) {
    case "folder":
    case "snapshot":
      return 16;
    default: {
      const type = typeNamedBy(weights);
      return type === null ? null : bitsPerWeight[type];
    }
  }
}

/** The number format that the name of a GGUF file tells. */
function typeNamedBy(weights: Weights): ModelType | null {
  if (weights.type !== "file" && weights.type !== "hf" && weights.type !== "places") return null;
  const name = (weights.type === "file" ? weights.path : (weights.file ?? "")).toLowerCase();
  const types = Object.keys(bitsPerWeight) as ModelType[];
  return types.filter((type) => name.includes(type)).toSorted((a, b) => b.length - a.length)[0] ?? null;
}

/** With the scales of their blocks, as llama.cpp's quantize tells them for a model of usual shape. */
const bitsPerWeight: Readonly<Record<ModelType, number>> = {
  f32: 32,
  f16: 16,
  bf16: 16,
  q8_0: 8.5,
  q6_k: 6.6,
  q5_k_m: 5.7,
  q5_1: 6,
  q5_0: 5.5,
  q4_k_m: 4.9,
  q4_k_s: 4.7,
  q4_1: 5,
  q4_0: 4.5,
  q3_k_m: 4,
  q2_k: 3.2,
};
