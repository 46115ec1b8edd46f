import type { ModelType } from "../finetuning.js";
import type { ResolvedModel, Weights } from "./resolved.js";

/** What of a model decides how large it is once it is loaded. */
export type LoadedModel = Pick<ResolvedModel, "weights" | "adapter" | "quantization">;

/** Bytes that are loaded of a model, as far as can be told before it is fetched and made: its adapter counts, and the number format that it is made into. */
export function loadedBytes({ weights, adapter, quantization }: LoadedModel): number {
  const stored = "bytes" in weights ? weights.bytes : typicalWheel;
  const from = bitsOf(weights);
  const own = quantization === null || from === null ? stored : (stored * bitsPerWeight[quantization]) / from;
  return own + (adapter === null ? 0 : "bytes" in adapter.weights ? adapter.weights.bytes : typicalAdapter);
}

/** A package index takes files of about this size; the size of one is not known before it is fetched. */
const typicalWheel = 100e6;
const typicalAdapter = 10e6;

/** Bits of a weight as it is stored; null where nothing tells. A folder in the form of transformers mostly holds 16, and a GGUF file says it in its name. */
function bitsOf(weights: Weights): number | null {
  switch (weights.type) {
    case "folder":
    case "snapshot":
      return 16;
    case "file":
    case "hf": {
      const name = (weights.type === "file" ? weights.path : weights.file).toLowerCase();
      const named = Object.keys(bitsPerWeight).filter((type) => name.includes(type)).toSorted((a, b) => b.length - a.length)[0];
      return named === undefined ? null : bitsPerWeight[named as ModelType];
    }
    case "pypi":
    case "scripted":
      return null;
  }
}

/** With the scales of their blocks, as llama.cpp's quantize tells them for a model of usual shape. */
const bitsPerWeight: Readonly<Record<ModelType, number>> = {
  f32: 32, f16: 16, bf16: 16, q8_0: 8.5, q6_k: 6.6, q5_k_m: 5.7, q5_1: 6, q5_0: 5.5, q4_k_m: 4.9, q4_k_s: 4.7, q4_1: 5, q4_0: 4.5, q3_k_m: 4, q2_k: 3.2,
};
