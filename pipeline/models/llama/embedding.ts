import type { LlamaEmbeddingContext, LlamaModel } from "node-llama-cpp";
import { capabilityHints, capabilityWords } from "../../contract/capabilities.js";
import type { Pooling } from "../../contract/model.js";
import { PipelineError } from "../../system/errors.js";
import { packVector } from "../vectors.js";
import type { LlamaLibrary } from "./library.js";
import type { EmbeddingShape, LlamaEmbedding } from "./protocol.js";

/** How many tokens a text may have where nobody says so. */
const usualTokens = 2048;

/** Embeds texts one at a time, with a context of its own. */
export class Embedding {
  private constructor(
    private readonly context: LlamaEmbeddingContext,
    private readonly contextTokens: number,
    private readonly pooling: Pooling,
  ) {}

  /** Throws a PipelineError `model` where the model gives no vectors. */
  static async open(library: LlamaLibrary, model: LlamaModel, shape: EmbeddingShape): Promise<Embedding> {
    const pooling = poolingOf(model);
    if (pooling === null)
      throw new PipelineError(`the model cannot ${capabilityWords.embeddings}, as its file says`, {
        code: "model",
        hint,
      });
    const contextTokens = shape.contextTokens ?? Math.min(usualTokens, model.trainContextSize);
    const context = await library.attempt(
      async () =>
        await model.createEmbeddingContext({
          contextSize: contextTokens,
          // What is made of all tokens needs them in one block; a model that reads in both directions does so anyway.
          batchSize: pooling === "last" ? Math.min(shape.batchTokens, contextTokens) : contextTokens,
          threads: shape.threads,
        }),
      { what: "llama.cpp cannot embed texts with the model", hint },
    );
    return new Embedding(context, contextTokens, pooling);
  }

  /** The vector of a text, of length 1. Throws a PipelineError where the text is empty, or too long. */
  async embed(text: string): Promise<LlamaEmbedding> {
    const tokens = this.context.calculateInputLength(text);
    if (text === "" || tokens === 0) throw new PipelineError("an empty text has no embedding", { code: "stage" });
    if (tokens >= this.contextTokens) {
      throw new PipelineError(
        `a text of ${tokens} tokens is to be embedded, and the model takes less than ${this.contextTokens}`,
        { code: "prompt-too-long", hint: "raise `contextTokens` of the model, or divide the text" },
      );
    }
    const { vector } = await this.context.getEmbeddingFor(text);
    return { vector: packVector(normalised(vector)), tokens, pooling: this.pooling };
  }
}

const hint = capabilityHints.embeddings;

/**
 * How the vectors of a text's tokens become one: as the model's file says. One that says nothing was made to write as a
 * rule: its last token has read the whole text. null: there are no vectors, of a model that ranks pairs of texts or
 * translates them, or nobody says how they become one, of a model that reads in both directions.
 */
export function poolingOf(model: LlamaModel): Pooling | null {
  const { fileInfo, fileInsights } = model;
  if (fileInsights.hasEncoder && fileInsights.hasDecoder) return null;
  switch (fileInfo.architectureMetadata.pooling_type as number | undefined) {
    case poolingTypes.mean:
      return "mean";
    case poolingTypes.cls:
      return "cls";
    case poolingTypes.rank:
      return null;
    case poolingTypes.last:
      return "last";
    default:
      return writes(model) ? "last" : null;
  }
}

/** Whether a model can go on with a text: one that reads in both directions is for vectors alone. */
export function writes({ fileInfo }: LlamaModel): boolean {
  return fileInfo.architectureMetadata.attention?.causal !== false;
}

/** As GGUF numbers them. */
const poolingTypes = { mean: 1, cls: 2, last: 3, rank: 4 } as const;

/** Of Euclidean length 1, so that a dot product is the cosine of the angle. */
function normalised(vector: readonly number[]): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return Float32Array.from(vector, (value) => (length === 0 ? 0 : value / length));
}
