import type { GgufFileInfo } from "node-llama-cpp";
import { PipelineError } from "../../system/errors.js";

/** What a model's file says of itself, before its weights. */
export interface ModelHeader {
  /** What it was called when it was made; null where it does not say. */
  readonly name: string | null;
  readonly architecture: string;
  /** Numbers that it is made of; null where it does not say. */
  readonly parameters: number | null;
  /** Number format of most of them, as llama.cpp calls it: Q4_K_M; null where it does not say. */
  readonly format: string | null;
  readonly layers: number | null;
  /** Numbers of a token's vector. */
  readonly width: number | null;
  readonly vocabulary: number | null;
  /** Tokens of context that it was trained with. */
  readonly contextTokens: number | null;
  readonly licence: string | null;
  readonly chatTemplate: string | null;
}

/** A GGUF file on this machine, or one that a server gives parts of. */
export type HeaderPlace = { readonly path: string } | { readonly url: string; readonly token: string | null };

/**
 * Reads the beginning of a GGUF file, of a remote one by requests for ranges; of several parts, the first and the lists
 * of tensors of the others. Throws a PipelineError (model, or download) where it cannot be read.
 */
export async function readHeader(place: HeaderPlace, what: string, signal: AbortSignal): Promise<ModelHeader> {
  const { GgufFileType, readGgufFileInfo } = await import("node-llama-cpp");
  const options = { signal, logWarnings: false, fetchRetryOptions: { retries: 1 } };
  try {
    const info = await ("path" in place
      ? readGgufFileInfo(place.path, { ...options, sourceType: "filesystem" })
      : readGgufFileInfo(place.url, {
          ...options,
          sourceType: "network",
          fetchHeaders: place.token === null ? {} : { authorization: `Bearer ${place.token}` },
        }));
    return headerIn(info, (type) => GgufFileType[type] ?? null);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw "path" in place
      ? new PipelineError(`${what} is no GGUF file that can be read: ${said}`, { code: "model", cause: error })
      : new PipelineError(`cannot read the beginning of ${what}: ${said}`, { code: "download", cause: error });
  }
}

function headerIn(info: GgufFileInfo, formatOf: (type: number) => string | null): ModelHeader {
  const { general, tokenizer } = info.metadata;
  const own = info.architectureMetadata as Readonly<Record<string, unknown>>;
  const tensors = info.fullTensorInfo ?? info.tensorInfo ?? [];
  const type = general.file_type;
  return {
    name: general.name ?? null,
    architecture: general.architecture,
    parameters: tensors.reduce(
      (sum, { dimensions }) => sum + dimensions.reduce<number>((product, size) => product * Number(size), 1),
      0,
    ),
    format: type === undefined ? null : (formatOf(type)?.replace(/^MOSTLY_|^ALL_/u, "") ?? null),
    layers: numberIn(own, "block_count"),
    width: numberIn(own, "embedding_length"),
    vocabulary: tokenizer?.ggml?.tokens?.length ?? null,
    contextTokens: numberIn(own, "context_length"),
    licence: typeof general.license === "string" ? general.license : null,
    chatTemplate: tokenizer?.chat_template ?? null,
  };
}

function numberIn(metadata: Readonly<Record<string, unknown>>, key: string): number | null {
  const value = metadata[key];
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : null;
}
