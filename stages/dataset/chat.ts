import { z } from "zod";
import { batches } from "../../pipeline/system/batches.js";
import { strip } from "../../pipeline/system/strip.js";
import { joined, reasoningLevels } from "../../pipeline/contract/chat-formats.js";
import type { Message } from "../../pipeline/contract/message.js";
import type { Model } from "../../pipeline/contract/model.js";
import { reason } from "../../pipeline/contract/reasons.js";
import { Conversation, Example } from "../../pipeline/contract/records.js";
import { modelRef, promptRef } from "../../pipeline/contract/reference.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { rowFormatNames, type RowText, rowWriter } from "./chat/formats.js";
import { reservedText } from "./chat/reserved.js";

/** Conversations rendered and counted in one question to the tokenizer. */
const batchSize = 64;

/**
 * Examples as conversations: the prompt is the user's turn, the response alone the assistant's (for tests, the tool
 * writes the imports, so the model is not taught them). The chat format adds its columns beside `messages`.
 */
export default defineStage({
  name: "chat",
  summary: "Turns examples into chat messages, with the columns that trainers expect",
  version: 2,
  reads: Example,
  writes: Conversation,
  parallel: "record",
  partition: 4096,
  needs: ["model"],
  options: z
    .strictObject({
      format: z
        .enum(rowFormatNames)
        .default("chatml")
        .describe(
          "Columns beside messages: text (chatml, harmony, qwen3, llama3, mistral, gemma, or `model`: as the " +
            "tokenizer's model is asked), instruction, input and output (alpaca), prompt and response " +
            "(prompt-response), or none (messages)",
        ),
      reasoning: z
        .enum(reasoningLevels)
        .optional()
        .describe("How long the model is told to think (harmony); medium unless told"),
      date: z.iso
        .date()
        .optional()
        .describe(
          "The current date that the model is told (harmony), YYYY-MM-DD; none unless told, never that of the clock",
        ),
      system: z
        .string()
        .min(1)
        .optional()
        .describe("System message of every conversation; without it, the prompt file's"),
      prompt: promptRef()
        .optional()
        .describe("Prompt file whose system message every conversation begins with, if it has one"),
      strip: z
        .boolean()
        .default(false)
        .describe("Whether the white space at the ends of each turn goes, as Python's str.strip() takes it off"),
      tokenizer: modelRef({ can: ["tokens", "template"] })
        .optional()
        .describe("Model whose own tokenizer counts the tokens of each row, and whose control tokens no row may hold"),
      maxTokens: z.int().min(1).optional().describe("Longer conversations are left out; needs a tokenizer"),
    })
    .refine(({ tokenizer, maxTokens }) => maxTokens === undefined || tokenizer !== undefined, {
      path: ["maxTokens"],
      message:
        'expected a "tokenizer" beside maxTokens, since tokens are counted by a model\'s own; name one under ' +
        '"tokenizer", or take maxTokens out',
    })
    .refine(({ format, reasoning, date }) => format === "harmony" || (reasoning === undefined && date === undefined), {
      path: ["format"],
      message:
        "reasoning and date are told by the format harmony alone; for the format model, they belong to the model",
    })
    .refine(({ format, maxTokens }) => format !== "messages" || maxTokens === undefined, {
      path: ["maxTokens"],
      message:
        "the format messages writes no text whose tokens could be counted: name the format that the rows are read " +
        "in, or take maxTokens out",
    })
    .refine(({ format, tokenizer }) => format !== "model" || tokenizer !== undefined, {
      path: ["format"],
      message: 'expected a "tokenizer" beside the format model: the model that the rows are written for',
    }),

  async *run(examples, { format, reasoning, date, system, prompt, strip: bare, tokenizer, maxTokens }, context) {
    const instruction = system ?? (prompt === undefined ? undefined : context.prompt(prompt).system);
    const model = tokenizer === undefined ? undefined : context.model(tokenizer);
    const control = (await model?.controlTokens()) ?? [];
    const write = rowWriter(format, { settings: { reasoning, date }, model });
    for await (const batch of batches(examples, batchSize)) {
      const rows = await Promise.all(
        batch.map(async (example) => {
          const messages = toMessages(bare ? stripped(example) : example, instruction);
          const reserved = reservedText(messages, { format, control });
          return { example, messages, ...(reserved === null ? await write(messages) : { unfit: reserved }) };
        }),
      );
      const counts =
        model === undefined || format === "messages"
          ? null
          : await countTokens(
              model,
              rows.flatMap((row) => ("columns" in row ? [row.columns] : [])),
            );
      for (const { example, messages, ...row } of rows) {
        if ("unfit" in row) {
          context.drop(example, row.unfit);
          continue;
        }
        const tokens = counts?.shift() ?? null;
        if (tokens !== null && maxTokens !== undefined && tokens > maxTokens) {
          context.drop(example, reason("too-long", `too long: ${tokens} tokens, at most ${maxTokens} are wanted`));
          continue;
        }
        const { task, language, split, labels, evidence, source } = example;
        const columns = Object.fromEntries(Object.entries(row.columns).map(([name, text]) => [name, joined(text)]));
        yield Conversation.make(
          { task, language, split, messages, columns, tokens, labels, evidence },
          { source, from: [example] },
        );
      }
    }
  },
});

/** Without the white space at the ends of its turns. */
function stripped({ prompt, response, messages, ...rest }: Example): Example {
  return {
    ...rest,
    prompt: strip(prompt),
    response: strip(response),
    ...(messages && { messages: messages.map((turn) => ({ ...turn, content: strip(turn.content) })) }),
  };
}

/** The system message is put in front of a conversation that has none of its own. */
function toMessages({ prompt, response, messages }: Example, system: string | undefined): Message[] {
  const turns = messages ?? [
    { role: "user" as const, content: prompt },
    { role: "assistant" as const, content: response },
  ];
  const isTold = turns[0]?.role === "system" || turns[0]?.role === "developer";
  return [...(system === undefined || isTold ? [] : [{ role: "system" as const, content: system }]), ...turns];
}

/** Tokens of what the columns of each row hold. */
async function countTokens(model: Model<"tokens">, rows: readonly RowText[]): Promise<number[]> {
  const texts = rows.map((row) => Object.values(row));
  const counts = await model.countTokens(texts.flat());
  return texts.map((columns) => counts.splice(0, columns.length).reduce((sum, count) => sum + count, 0));
}
