import { randomInt } from "node:crypto";
import type { GenerateRequest, Generation } from "../contract/model.js";
import type { ChatRequest, CompletionRequest } from "./schema.js";

/** How answers are drawn and ended, as a request says. One a sample that is wanted. */
export function settingsOf(
  request: ChatRequest | CompletionRequest,
  contextTokens: number,
): Pick<GenerateRequest, "sampling" | "stop" | "maxTokens" | "sample">[] {
  const { temperature, top_p: topP, top_k: topK, min_p: minP, repeat_penalty: repeatPenalty } = request;
  const first = request.seed ?? randomInt(2 ** 31 - 32);
  const stop = [request.stop ?? []].flat().filter((text) => text !== "");
  return Array.from({ length: request.n ?? 1 }, (_, index) => ({
    sampling: {
      temperature: temperature ?? 0,
      ...(typeof topP === "number" && { topP }),
      ...(typeof topK === "number" && { topK }),
      ...(typeof minP === "number" && { minP }),
      ...(typeof repeatPenalty === "number" && { repeatPenalty }),
    },
    ...(stop.length > 0 && { stop }),
    maxTokens: Math.min(request.max_completion_tokens ?? request.max_tokens ?? contextTokens, contextTokens),
    sample: Math.abs(first + index) % 2 ** 31,
  }));
}

/** Tokens of all samples of a request: the prompt is read once. */
export function usageOf(generations: readonly Pick<Generation, "tokens">[]): object {
  const { prompt = 0, cached } = generations[0]?.tokens ?? {};
  const generated = generations.reduce((sum, { tokens }) => sum + tokens.generated, 0);
  return {
    prompt_tokens: prompt,
    completion_tokens: generated,
    total_tokens: prompt + generated,
    ...(cached !== undefined && { prompt_tokens_details: { cached_tokens: cached } }),
  };
}

/** Why an answer ended, in OpenAI's words: who cut it as it went in circles cut it. */
export function finishOf(finish: "stop" | "length" | "repetition"): "stop" | "length" {
  return finish === "stop" ? "stop" : "length";
}
