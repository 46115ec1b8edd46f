import { z } from "zod";
import type { ModelHeader } from "./header.js";

const Config = z.object({
  model_type: z.string().default("unknown"),
  num_hidden_layers: z.int().nullable().catch(null),
  hidden_size: z.int().nullable().catch(null),
  vocab_size: z.int().nullable().catch(null),
  max_position_embeddings: z.int().nullable().catch(null),
  torch_dtype: z.string().nullable().catch(null),
  dtype: z.string().nullable().catch(null),
});
const TokenizerConfig = z.object({ chat_template: z.string().nullable().catch(null) });
const Index = z.object({ metadata: z.object({ total_parameters: z.int() }) });

/**
 * What the texts of a model in the form of transformers say of it. Its licence and, where its weights lie in one file,
 * how many numbers it has, they do not.
 *
 * @param read the text of a file of the model; null where there is none
 */
export async function readTransformers(read: (name: string) => Promise<string | null>): Promise<ModelHeader> {
  const [config, tokenizer, template, index] = await Promise.all(
    ["config.json", "tokenizer_config.json", "chat_template.jinja", "model.safetensors.index.json"].map(read),
  );
  const own = parsed(Config, config) ?? Config.parse({});
  return {
    name: null,
    architecture: own.model_type,
    parameters: parsed(Index, index)?.metadata.total_parameters ?? null,
    format: (own.dtype ?? own.torch_dtype)?.toUpperCase() ?? null,
    layers: own.num_hidden_layers,
    width: own.hidden_size,
    vocabulary: own.vocab_size,
    contextTokens: own.max_position_embeddings,
    licence: null,
    chatTemplate: template ?? parsed(TokenizerConfig, tokenizer)?.chat_template ?? null,
  };
}

function parsed<T>(schema: z.ZodType<T>, text: string | null | undefined): T | null {
  try {
    return schema.parse(JSON.parse(text ?? ""));
  } catch {
    return null;
  }
}
