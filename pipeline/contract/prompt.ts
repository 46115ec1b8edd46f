import { z } from "zod";
import { type ChatPiece, type ChatText, joined } from "./chat-formats.js";
import { JsonSchema } from "./grammar/json-schema.js";
import type { Message, RawPrompt } from "./model.js";

/** A text that shows what stands in it as {{placeholder}}. */
export const Template = z.string().min(1);

/** What answers are held to: one of the two. */
const held = {
  grammar: Template.optional().describe("GBNF grammar of what follows the beginning of the answer"),
  schema: JsonSchema.optional().describe(
    "JSON schema of what follows the beginning of the answer, instead of a grammar",
  ),
};

/** How a model that follows instructions is asked. */
export const ChatTemplates = z.strictObject({
  system: Template.optional().describe("System message instead of the rows' own"),
  user: Template.optional().describe(
    "The user's turn instead of the instruction, which it can show as {{instruction}}",
  ),
  raw: Template.optional().describe("The whole question instead, with the marks of a chat format, asked as it stands"),
  stop: z.array(z.string().min(1)).optional().describe("The answer ends before the first of these texts"),
  prefill: z
    .union([Template, z.array(Template).min(1)])
    .optional()
    .describe(
      "What the answer is made to begin with, with what it shows of the target: the first line of a test, an empty " +
        "<think></think>. Of a list, the samples of a target take turns, so that they ask for different calls",
    ),
  ...held,
  maxTokens: z.int().min(1).optional().describe("Most tokens of an answer"),
});

/** How a model that does not follow instructions is asked: a text that it goes on with, after a few examples. */
export const CompletionTemplates = z.strictObject({
  template: Template.describe("What shows the shown, before its answer"),
  begin: Template.describe("What every answer is made to begin with"),
  examples: z
    .array(z.looseObject({ answer: z.string().min(1).describe("The whole answer, with what `begin` says of it") }))
    .min(1)
    .describe("Targets with their answers, in front of every question; they are evaluated once"),
  stop: z.array(z.string().min(1)).default([]).describe("The answer ends before the first of these texts"),
  ...held,
  maxTokens: z.int().min(1).optional().describe("Most tokens of an answer"),
});

/**
 * A prompt file as any stage may read it. What a stage asks with beside that, and which placeholders its templates may
 * show, it declares itself (see definePrompt).
 */
export const Prompt = z.looseObject({
  name: z.string().min(1),
  system: z.string().min(1).optional().describe("System message of every row and of every question"),
  instruction: Template.describe(
    "The user's turn: what a row of the dataset asks, and what a model trained on it is asked later",
  ),
  chat: ChatTemplates.loose()
    .optional()
    .describe("What a teacher that follows instructions is told beside what a row asks"),
  completion: CompletionTemplates.loose().optional(),
});
export type Prompt = z.infer<typeof Prompt>;

/** What a completion gives the model to see first: what the placeholders show, and the answer. */
export type PromptExample = NonNullable<Prompt["completion"]>["examples"][number];

/** What templates show, by the names of their placeholders. */
export type Texts = Readonly<Record<string, string>>;

/**
 * A placeholder in a template: {{ name }}, with its name as the first group. A line with {{ name? }} appears only where
 * there is something to show.
 */
export const placeholderPattern = /\{\{\s*([a-z_]+)\??\s*\}\}/gu;

/**
 * The user's turn: the same text whoever writes the answer.
 *
 * @example
 *   renderInstruction(prompt, { path: file.source.path, text: file.text });
 */
export function renderInstruction({ instruction }: Prompt, shown: Texts): string {
  return render(instruction, shown).trim();
}

/** A question for a model that follows instructions. */
export interface ChatQuestion {
  /** Messages, or a text that holds its chat format already. */
  readonly prompt: RawPrompt | readonly Message[];
  readonly prefill?: string;
  readonly prefillApart?: true;
  readonly stop?: readonly string[];
  readonly grammar?: string;
  readonly schema?: JsonSchema;
  readonly maxTokens?: number;
}

/** Ways in which answers to the questions of a prompt file begin: so many samples differ even where they are greedy. */
export function beginningsOf({ chat }: Prompt): number {
  return Array.isArray(chat?.prefill) ? chat.prefill.length : 1;
}

/**
 * A prompt file's question, to messages or a raw text, with what its placeholders show.
 *
 * @param sample which of the answers to this question is asked for
 * @example
 *   const { text } = await model.generate(renderChatQuestion(prompt, { path: file.source.path, text: file.text }));
 */
export function renderChatQuestion(prompt: Prompt, shown: Texts, sample = 0): ChatQuestion {
  const { chat } = prompt;
  const beginnings = [chat?.prefill ?? []].flat();
  const prefill = beginnings[sample % beginnings.length];
  const system = chat?.system ?? prompt.system;
  const instruction = renderInstruction(prompt, shown);
  const user = chat?.user === undefined ? instruction : render(chat.user, { ...shown, instruction }).trim();
  return {
    prompt:
      chat?.raw !== undefined
        ? { pieces: renderPieces(chat.raw, { ...shown, instruction }) }
        : [
            ...(system === undefined ? [] : [{ role: "system" as const, content: render(system, shown).trim() }]),
            { role: "user", content: user },
          ],
    ...(prefill !== undefined && { prefill: render(prefill, shown) }),
    ...(beginnings.length > 1 && { prefillApart: true as const }),
    ...(chat?.stop !== undefined && { stop: chat.stop }),
    ...heldTo(chat ?? {}, shown),
    ...(chat?.maxTokens !== undefined && { maxTokens: chat.maxTokens }),
  };
}

/**
 * The user's turn after an answer: a template with what it shows.
 *
 * @example
 *   renderFollowUp("It failed: {{failure}}. Write it again.", { failure });
 */
export function renderFollowUp(template: string, shown: Texts): string {
  return render(template, shown).trim();
}

/** A question for a model that goes on with a text. */
export interface CompletionQuestion {
  readonly prompt: RawPrompt;
  /** The examples: the same for every target. */
  readonly sharedPrefix: string;
  readonly prefill: string;
  readonly stop: readonly string[];
  readonly grammar?: string;
  readonly schema?: JsonSchema;
  readonly maxTokens?: number;
}

/**
 * A prompt file's question for a model that goes on with a text: the examples first, then what is asked.
 *
 * @param shownIn what the templates show of an example (see definePrompt)
 * @example
 *   renderCompletion(prompt.completion, { code }, ({ code: shown }) => ({ code: shown }));
 */
export function renderCompletion(
  { template, begin, examples, stop, maxTokens, ...answers }: NonNullable<Prompt["completion"]>,
  shown: Texts,
  shownIn: (example: PromptExample) => Texts,
): CompletionQuestion {
  const before = examples.flatMap((example): ChatText => [
    ...renderPieces(template, shownIn(example)),
    { text: `${example.answer.trimEnd()}\n\n\n`, from: "format" },
  ]);
  return {
    prompt: { pieces: [...before, ...renderPieces(template, shown)] },
    sharedPrefix: joined(before),
    prefill: render(begin, shown),
    stop,
    ...heldTo(answers, shown),
    ...(maxTokens !== undefined && { maxTokens }),
  };
}

/** What answers are held to, as a request has it. */
function heldTo(
  { grammar, schema }: { readonly grammar?: string | undefined; readonly schema?: JsonSchema | undefined },
  shown: Texts,
): Pick<ChatQuestion, "grammar" | "schema"> {
  return {
    ...(grammar !== undefined && { grammar: render(grammar, shown) }),
    ...(schema !== undefined && { schema }),
  };
}

/** A template with what it shows, as text. */
export function render(template: string, shown: Texts): string {
  return joined(renderPieces(template, shown));
}

/** A template with what it shows: marks of a chat format in the template are marks, in what it shows they are text. */
function renderPieces(template: string, shown: Texts): ChatText {
  // Every second part is a placeholder.
  const pieces = filledLines(template, shown)
    .split(/(\{\{\s*[a-z_]+\??\s*\}\})/u)
    .map((part, index): ChatPiece => {
      if (index % 2 === 0) return { text: part, from: "format" };
      return {
        text: part.replace(placeholderPattern, (written, name: string) => shown[name] ?? written),
        from: "message",
      };
    });
  return pieces.filter(({ text }) => text !== "");
}

/** A template without the lines that show, with a question mark, what is empty. */
function filledLines(template: string, shown: Texts): string {
  if (!template.includes("?")) return template;
  const isEmpty = ([, name = ""]: RegExpMatchArray): boolean => (shown[name] ?? "") === "";
  return template
    .split("\n")
    .filter((line) => ![...line.matchAll(/\{\{\s*([a-z_]+)\?\s*\}\}/gu)].some(isEmpty))
    .join("\n");
}
