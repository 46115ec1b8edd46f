import { stat } from "node:fs/promises";
import type { ModelType } from "../../contract/finetuning.js";
import type { ServiceContext } from "../../contract/service.js";
import type { CachedModel } from "./cache.js";
import type { GgufModel } from "./gguf-model.js";

/**
 * Who makes GGUF files that are not there as such. Each is made once, and kept; what is answered is its path. The
 * context's signal stops it.
 */
export interface GgufMakers {
  /** The GGUF file of a model that is a folder in the form of transformers, whole or of its vocabulary alone. */
  readonly convertFolder: (model: ModelFile, holds: "model" | "vocabulary", context: ServiceContext) => Promise<string>;
  /** A GGUF file with the same weights in another number format. */
  readonly quantize: (model: ModelFile, type: ModelType, context: ServiceContext) => Promise<string>;
}

type ModelFile = Pick<CachedModel, "path" | "sha256" | "file">;

/** Path of the GGUF file that llama.cpp loads of a model. */
export async function ggufOf(
  { quantization }: Pick<GgufModel, "quantization">,
  model: CachedModel,
  holds: "model" | "vocabulary",
  { makers, context }: { readonly makers: GgufMakers; readonly context: ServiceContext },
): Promise<string> {
  const path = (await stat(model.path)).isDirectory() ? await makers.convertFolder(model, holds, context) : model.path;
  // A vocabulary holds no numbers to speak of.
  return quantization === null || holds === "vocabulary"
    ? path
    : await makers.quantize({ ...model, path }, quantization, context);
}
