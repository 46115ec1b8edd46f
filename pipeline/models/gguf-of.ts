import type { CachedModel } from "./cache.js";
import type { ResolvedModel } from "./resolved.js";

/**
 * Makes the GGUF file of a model that is a folder in the form of transformers, whole or of its vocabulary alone, unless it
 * was made before; answers its path.
 */
export type ConvertFolder = (model: Pick<CachedModel, "path" | "sha256" | "file">, holds: "model" | "vocabulary") => Promise<string>;

/** Path of the GGUF file that llama.cpp loads of a model. */
export async function ggufOf({ weights: { type } }: Pick<ResolvedModel, "weights">, model: CachedModel, holds: "model" | "vocabulary", convertFolder: ConvertFolder): Promise<string> {
  return type === "folder" || type === "snapshot" ? await convertFolder(model, holds) : model.path;
}
