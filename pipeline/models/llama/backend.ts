import { memoryLimit } from "../../system/memory.js";
import { defineBackend } from "../backend.js";
import { fetchModel } from "../weights/fetch.js";
import type { GgufModel } from "../weights/gguf-model.js";
import { lackedByFile } from "./file-abilities.js";
import { isHere } from "./here.js";
import { layOut, modelBudget } from "./layout.js";
import { createLlamaModel } from "./llama.js";
import { resolveGguf } from "./resolve.js";

/** Whatever is a file of weights, or can be made into one: llama.cpp runs it, on the CPU. */
export const llama = defineBackend<GgufModel>({
  name: "llama",
  // Whatever no other backend takes: what its source has to look like is told where it is read.
  recognises: () => true,
  can: ({ adapter, embeds = false }) => [
    "tokens",
    // Which of those that write have tokens for a gap, their files say.
    ...(embeds ? [] : (["template", "grammar", "schema", "logprobs", "infill"] as const)),
    // A base with an adapter has no one file that holds its weights, and llama.cpp embeds texts without it.
    ...(adapter === undefined ? (["weights", "embeddings"] as const) : []),
  ],
  lacks: lackedByFile,
  resolve: resolveGguf,
  fetch: fetchModel,
  isHere,
  shape: (model, settings) => layOut(model, { ...settings, budget: modelBudget(memoryLimit()) }).counts,
  open: createLlamaModel,
});
