import type { Answering } from "./answering.js";
import type { EmbeddingRequest } from "./schema.js";

/** What texts mean, as `POST /v1/embeddings` has it. */
export async function answerEmbedding(
  request: EmbeddingRequest,
  { models, signal }: Pick<Answering, "models" | "signal">,
): Promise<object> {
  const served = models.named(request.model, ["embeddings"]);
  const texts = [request.input].flat();
  const { vectors, tokens } = await models.use(
    served,
    async () => await models.find(served.ref, ["embeddings"]).embed(texts, { signal }),
  );
  const written = (vector: Float32Array): string | number[] =>
    request.encoding_format === "base64"
      ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64")
      : [...vector];
  const read = tokens.reduce((sum, count) => sum + count, 0);
  return {
    object: "list",
    model: served.name,
    data: vectors.map((vector, index) => ({ object: "embedding", index, embedding: written(vector) })),
    usage: { prompt_tokens: read, total_tokens: read },
  };
}
