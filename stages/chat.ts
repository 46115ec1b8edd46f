import { z } from "zod";
import { batches } from "../pipeline/batches.js";
import type { Message, Model } from "../pipeline/model.js";
import { reason } from "../pipeline/reasons.js";
import { Conversation, Example } from "../pipeline/records.js";
import { modelRef, promptRef } from "../pipeline/reference.js";
import { defineStage } from "../pipeline/stage.js";
import { controlTokenIn, formatNames, formats } from "./chat/formats.js";

/** Conversations rendered and counted in one question to the tokenizer. */
const batchSize = 64;

/**
 * Examples as conversations: the prompt is the user's turn, the response alone the assistant's (for tests, the tool
 * writes the imports, so the model is not taught them). The chat format adds its columns beside `messages`.
 */
export default defineStage({
  name: "chat",
  summary: "Turns examples into chat messages, with the columns that trainers expect",
  version: 1,
  reads: Example,
  writes: Conversation,
  parallel: "record",
  partition: 1024,
  needs: ["model"],
  options: z.strictObject({
    format: z.enum(formatNames).default("chatml").describe(
      "Columns beside messages: text (chatml, harmony), instruction, input and output (alpaca), or prompt and response (prompt-response)",
    ),
    system: z.string().min(1).optional().describe("System message of every conversation; without it, the prompt file's"),
    prompt: promptRef().optional().describe("Prompt file whose system message every conversation begins with, if it has one"),
    tokenizer: modelRef().optional().describe("Model whose own tokenizer and chat template count each conversation's tokens"),
    maxTokens: z.int().min(1).optional().describe("Longer conversations are left out; needs a tokenizer"),
  }).refine(({ tokenizer, maxTokens }) => maxTokens === undefined || tokenizer !== undefined, {
    path: ["maxTokens"],
    message: 'expected a "tokenizer" beside maxTokens, since tokens are counted by a model\'s own; name one under "tokenizer", or take maxTokens out',
  }),

  async *run(examples, { format, system, prompt, tokenizer, maxTokens }, context) {
    const instruction = system ?? (prompt === undefined ? undefined : context.prompt(prompt).system);
    const model = tokenizer === undefined ? undefined : context.model(tokenizer);
    for await (const batch of batches(examples, batchSize)) {
      const conversations = batch.map((example) => toMessages(example, instruction));
      const counts = model === undefined ? undefined : await countTokens(model, conversations);
      for (const [position, example] of batch.entries()) {
        const messages = conversations[position] ?? [];
        const tokens = counts?.[position] ?? null;
        const control = controlTokenIn(messages, format);
        if (control !== undefined) {
          context.drop(example, reason("control-token", `control token in the text: ${control}`));
        } else if (tokens !== null && maxTokens !== undefined && tokens > maxTokens) {
          context.drop(example, reason("too-long", `too long: ${tokens} tokens, at most ${maxTokens} are wanted`));
        } else {
          const { task, language, split, labels, evidence, source } = example;
          const columns = formats[format].columns(messages);
          yield Conversation.make({ task, language, split, messages: [...messages], columns, tokens, labels, evidence }, { source, from: [example] });
        }
      }
    }
  },
});

function toMessages({ prompt, response }: Example, system: string | undefined): Message[] {
  return [
    ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
    { role: "user", content: prompt },
    { role: "assistant", content: response },
  ];
}

/** Tokens of whole conversations, control tokens of the model's own template included. */
async function countTokens(model: Model, conversations: readonly (readonly Message[])[]): Promise<number[]> {
  return await model.countTokens(await Promise.all(conversations.map((messages) => model.renderChat(messages))));
}
