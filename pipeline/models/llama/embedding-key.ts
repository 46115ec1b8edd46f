import type { GgufModel } from "../weights/gguf-model.js";
import type { EmbeddingShape } from "./protocol.js";

/** Everything that can change the vector of a text. */
export function embeddingKey(
  text: string,
  { resolved, shape, variant }: { resolved: GgufModel; shape: EmbeddingShape; variant: string },
): object {
  return {
    type: "embedding",
    model: resolved.hash,
    backend: { name: "llama", variant, shape, length: 1 },
    text,
  };
}
