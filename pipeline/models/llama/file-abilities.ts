import { stat } from "node:fs/promises";
import type { Capability } from "../../contract/capabilities.js";
import type { ServiceContext } from "../../contract/service.js";
import { packageVersion } from "../../system/package-version.js";
import { fetchWeights } from "../weights/fetch.js";
import type { GgufModel } from "../weights/gguf-model.js";
import { isHere } from "./here.js";
import { LlamaProcess } from "./process.js";
import type { GgufFacts } from "./protocol.js";

/** What the vocabulary and the head of a file tell, and nothing else does. */
const ofFiles = ["embeddings", "infill"] as const satisfies readonly (Capability & keyof GgufFacts)[];

/**
 * Of what is asked, what a model cannot do by its file: llama.cpp reads it, once, since that takes a second. Of one
 * that is not here, or that a GGUF file is made of, nothing is known.
 */
export async function lackedByFile(
  model: GgufModel,
  can: readonly Capability[],
  context: ServiceContext,
): Promise<readonly Capability[]> {
  const { weights } = model;
  const asked = ofFiles.filter((capability) => can.includes(capability));
  if (asked.length === 0 || weights.type === "folder" || weights.type === "snapshot") return [];
  if (!(await isHere(model, context.cacheDir))) return [];
  const { value } = await context.memo.remember<Pick<GgufFacts, (typeof ofFiles)[number]>>(
    { type: "abilities of a file", sha256: weights.sha256, library: packageVersion("node-llama-cpp") },
    async () => {
      const { path } = await fetchWeights(model, context);
      // What a GGUF file is still to be made of.
      if ((await stat(path)).isDirectory()) return { embeddings: true, infill: true };
      const { embeddings, infill } = await factsOf(path, model);
      return { embeddings, infill };
    },
    context.signal,
  );
  return asked.filter((capability) => !value[capability]);
}

async function factsOf(path: string, { source, chatSettings }: GgufModel): Promise<GgufFacts> {
  const process = new LlamaProcess(source, () => undefined);
  try {
    return await process.load({ path, shapes: null, adapter: null, chatTemplate: null, chatSettings });
  } finally {
    await process.close();
  }
}
