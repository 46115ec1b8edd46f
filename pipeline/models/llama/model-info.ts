import { modelHash, type ModelInfo } from "../../contract/model.js";
import type { CachedModel } from "../weights/cache.js";
import type { GgufModel } from "../weights/gguf-model.js";
import { formatNamed } from "./chat-writer.js";
import type { GgufFacts } from "./protocol.js";

/** What is known of a model's file, wherever that lies. */
export type ModelFileFacts = Pick<CachedModel, "file" | "sha256" | "bytes">;

/** A model for cards and screens, by what its files say. */
export function modelInfo(
  { contextTokens, chatTemplate, quantization, licence, insteadOf }: GgufModel,
  facts: Pick<GgufFacts, "licence" | "contextTokens" | "chatTemplate">,
  weights: ModelFileFacts,
  adapter: ModelFileFacts | null,
): ModelInfo {
  const chatFormat = formatNamed(chatTemplate);
  return {
    // What the file is called is what people know; the name inside is often that of a training run.
    name: [weights, adapter].flatMap((file) => (file === null ? [] : [file.file.replace(/\.gguf$/u, "")])).join("+"),
    sha256: modelHash({ weights: weights.sha256, adapter: adapter?.sha256 ?? null, quantization }),
    licence: facts.licence ?? licence,
    contextTokens: contextTokens ?? Math.min(4096, facts.contextTokens),
    bytes: weights.bytes + (adapter?.bytes ?? 0),
    chatTemplate: chatFormat === null ? (chatTemplate ?? facts.chatTemplate) : null,
    chatFormat,
    backend: "llama",
    ...(insteadOf !== undefined && { insteadOf }),
  };
}
