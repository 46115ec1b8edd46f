import { type AskedAbout, renderShardQuestion } from "../lib/shard-prompt.js";
import type { Shard } from "../lib/records.js";
import type { ModelRef } from "../../../pipeline/contract/model-ref.js";
import type { Needed } from "../../../pipeline/contract/stage.js";
import type { TestPrompt } from "../lib/test-prompt.js";

/** How long a question may be. */
export interface Budget extends Pick<Shard, "answerTokens" | "counted"> {
  /** Most tokens of a question. */
  readonly room: number;
  readonly tokensOf: (asked: AskedAbout) => Promise<number>;
}

interface BudgetOptions {
  readonly model?: ModelRef<"tokens" | "template"> | undefined;
  readonly contextTokens?: number | undefined;
  readonly answerTokens?: number | undefined;
}

/** Tokens that stay free for what a later attempt is told of an earlier one. */
export const retryTokens = 256;
/** Of Python code, by the tokenizers of common models: between 3 and 4. */
const charactersPerToken = 3.5;
const usualContext = 4096;
/** An answer longer than this is no file of tests any more. */
const longestAnswer = 4096;

/**
 * The budget of a model; without one, that of a usual model, with tokens that are estimated from the length of a text.
 */
export async function budgetOf(
  { model: ref, contextTokens, answerTokens }: BudgetOptions,
  prompt: TestPrompt,
  context: Needed<"model">,
): Promise<Budget> {
  const model = ref === undefined ? null : context.model(ref);
  const whole = contextTokens ?? (model === null ? usualContext : (await model.info()).contextTokens);
  const answer = answerTokens ?? Math.min(longestAnswer, Math.floor(whole / 3));
  return {
    room: Math.max(0, whole - answer - retryTokens),
    answerTokens: answer,
    counted: model === null ? "estimate" : "tokenizer",
    async tokensOf(asked) {
      const messages = renderShardQuestion(prompt, asked);
      if (model === null)
        return messages.reduce((sum, { content }) => sum + Math.ceil(content.length / charactersPerToken), 0);
      const [tokens = 0] = await model.countTokens([await model.renderChat(messages, { addGenerationPrompt: true })]);
      return tokens;
    },
  };
}
