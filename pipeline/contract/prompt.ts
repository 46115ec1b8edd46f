import { z } from "zod";
import { type ChatPiece, type ChatText, joined } from "./chat-formats.js";
import type { Message, RawPrompt } from "./model.js";

const Template = z.string().min(1);

/** How a model that does not follow instructions is asked: a text that it goes on with, after a few examples. */
const Completion = z.strictObject({
  template: Template.describe("What shows the target, before its answer"),
  begin: Template.describe("What every answer is made to begin with"),
  examples: z
    .array(
      z.strictObject({
        module: z.string().min(1),
        name: z.string().min(1),
        code: z.string().min(1),
        method: z.string().min(1).optional().describe("Of a route: GET, POST, ..."),
        path: z.string().min(1).optional().describe("Of a route, as the application serves it"),
        answer: z.string().min(1).describe("The whole answer, with what `begin` says of it"),
      }),
    )
    .min(1)
    .describe("Targets with their answers, in front of every question; they are evaluated once"),
  stop: z.array(z.string().min(1)).default([]).describe("The answer ends before the first of these texts"),
  grammar: Template.optional().describe("GBNF grammar of what follows `begin`"),
  maxTokens: z.int().min(1).optional().describe("Most tokens of an answer"),
  splitAssertions: z
    .boolean()
    .default(false)
    .describe(
      "Makes a test function of its own of each assertion, so that a wrong one does not take the right ones with it",
    ),
});

/** How a model is asked about many targets at once. */
const ShardQuestion = z.strictObject({
  system: Template.optional().describe("System message instead of the file's own"),
  unit: Template.describe("The question about functions and classes"),
  e2e: Template.describe("The question about routes of a web application"),
  route: Template.describe("What a row asks that is made of an answer about routes, in the place of `instruction`"),
  retry: Template.describe(
    "What is added where an earlier answer was not enough: {{problems}} shows what was wrong with it",
  ),
});

/**
 * A prompt file. Templates name what they show as {{placeholder}}; an unknown one is an error when the file is read.
 */
export const Prompt = z.strictObject({
  name: z.string().min(1),
  system: z.string().min(1).optional().describe("System message of every row and of every question"),
  instruction: Template.describe(
    "The user's turn: what a row of the dataset asks, and what a model trained on it is asked later",
  ),
  chat: z
    .strictObject({
      system: Template.optional().describe("System message instead of the rows' own"),
      user: Template.optional().describe(
        "The user's turn instead of the instruction, which it can show as {{instruction}}",
      ),
      raw: Template.optional().describe(
        "The whole question instead, with the marks of a chat format, asked as it stands",
      ),
      stop: z.array(z.string().min(1)).optional().describe("The answer ends before the first of these texts"),
      prefill: z
        .union([Template, z.array(Template).min(1)])
        .optional()
        .describe(
          "What the answer is made to begin with, with what it shows of the target: the first line of a test, an empty " +
            "<think></think>. Of a list, the samples of a target take turns, so that they ask for different calls",
        ),
      maxTokens: z.int().min(1).optional().describe("Most tokens of an answer"),
      splitAssertions: z
        .boolean()
        .optional()
        .describe("Makes a test function of its own of each assertion of an answer"),
    })
    .optional()
    .describe("What a teacher that follows instructions is told beside what a row asks"),
  completion: Completion.optional(),
  shard: ShardQuestion.optional(),
  repair: Template.optional().describe(
    "What a model that follows instructions is told after tests of its own that failed, which it can show as " +
      "{{failures}}",
  ),
  strengthen: Template.optional().describe(
    "What it is told after tests that pass, to get more: {{survivors}} shows the mutants that they did not notice",
  ),
});
export type Prompt = z.infer<typeof Prompt>;

/** What a template may show of a target. */
interface Shown {
  readonly name: string;
  readonly qualifiedName: string;
  readonly module: string;
  readonly signature: string;
  readonly promptCode: string;
  readonly imports: readonly string[];
  readonly targetKind?: string;
  readonly decorators?: readonly string[];
  readonly isAsync?: boolean;
  readonly parameters?: readonly Parameter[];
  readonly returns?: string | null;
  readonly route?: { readonly method: string; readonly path: string } | undefined;
}

interface Parameter {
  readonly name: string;
  readonly kind: string;
  readonly annotation: string | null;
  readonly default: string | null;
}

const placeholders: Readonly<Record<string, (target: Shown) => string>> = {
  name: ({ name }) => name,
  qualified_name: ({ qualifiedName }) => qualifiedName,
  // What a test imports: the function, or the class that holds the method.
  callee: ({ qualifiedName }) => qualifiedName.split(".")[0] ?? qualifiedName,
  opening,
  module: ({ module }) => module,
  signature: ({ signature }) => signature,
  kind: ({ targetKind = "function", isAsync = false }) => (isAsync ? `async ${targetKind}` : targetKind),
  // One a line, as Python writes them: `rate: float = 0.25`.
  parameters: ({ parameters = [] }) => parameters.map(parameterText).join("\n"),
  returns: ({ returns }) => returns ?? "",
  code: ({ promptCode }) => promptCode.trim(),
  imports: ({ imports }) => imports.join("\n"),
  // Of a route; of anything else, nothing.
  method: ({ route }) => route?.method ?? "",
  path: ({ route }) => route?.path ?? "",
};

/**
 * How a test of it begins: `assert`, and of what needs an object, `stack = Stack`. Without the parenthesis: a model's
 * token is often `("` or `()`, and where one half of it is given, what follows is worse.
 */
function opening({ qualifiedName, targetKind = "function", decorators = [] }: Shown): string {
  if (targetKind === "route") return "";
  if (targetKind === "function") return `assert ${qualifiedName}`;
  if (targetKind === "method" && decorators.some((decorator) => /^(?:static|class)method$/u.test(decorator)))
    return `assert ${qualifiedName}`;
  const className = targetKind === "class" ? qualifiedName : qualifiedName.split(".").slice(0, -1).join(".");
  return `${objectName(className)} = ${className}`;
}

/** `OneToOne`: `one_to_one`. */
function objectName(className: string): string {
  const last = className.split(".").at(-1) ?? className;
  const name = last
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/gu, "_")
    .toLowerCase()
    .replace(/^_+/u, "");
  return name === last || name === "" ? "instance" : name;
}

function parameterText({ name, kind, annotation, default: value }: Parameter): string {
  const stars = kind === "var-positional" ? "*" : kind === "var-keyword" ? "**" : "";
  return [`${stars}${name}`, annotation === null ? "" : `: ${annotation}`, value === null ? "" : ` = ${value}`].join(
    "",
  );
}

/** What a template that shows a target may name. */
export const placeholderNames: readonly string[] = Object.keys(placeholders);

/** What a question about many targets can show; pipeline/contract/shard-prompt.ts says how. */
const shardPlaceholders = ["count", "targets", "code", "signatures"] as const;

/** The placeholders that each template of a prompt may name, by the template's path in the file. */
export const templates: readonly { readonly path: readonly string[]; readonly placeholders: readonly string[] }[] = [
  { path: ["instruction"], placeholders: Object.keys(placeholders) },
  { path: ["chat", "system"], placeholders: Object.keys(placeholders) },
  { path: ["chat", "user"], placeholders: [...Object.keys(placeholders), "instruction"] },
  { path: ["chat", "raw"], placeholders: [...Object.keys(placeholders), "instruction"] },
  { path: ["chat", "prefill"], placeholders: Object.keys(placeholders) },
  { path: ["completion", "template"], placeholders: ["name", "module", "code", "method", "path"] },
  { path: ["completion", "begin"], placeholders: ["name", "callee", "method", "path"] },
  { path: ["completion", "grammar"], placeholders: ["name", "callee"] },
  { path: ["shard", "unit"], placeholders: shardPlaceholders },
  { path: ["shard", "e2e"], placeholders: [...shardPlaceholders, "preamble"] },
  { path: ["shard", "route"], placeholders: Object.keys(placeholders) },
  { path: ["shard", "retry"], placeholders: ["problems"] },
  { path: ["repair"], placeholders: ["failures"] },
  { path: ["strengthen"], placeholders: ["survivors"] },
];

export const placeholderPattern = /\{\{\s*([a-z_]+)\s*\}\}/gu;

/** The user's turn for a target: the same text whoever writes the answer. */
export function renderInstruction({ instruction }: Prompt, target: Shown): string {
  return render(instruction, target).trim();
}

/** A question for a model that follows instructions. */
export interface ChatQuestion {
  /** Messages, or a text that holds its chat format already. */
  readonly prompt: RawPrompt | readonly Message[];
  readonly prefill?: string;
  readonly prefillApart?: true;
  readonly stop?: readonly string[];
  readonly maxTokens?: number;
}

/** Ways in which answers to the questions of a prompt file begin: so many samples differ even where they are greedy. */
export function beginningsOf({ chat }: Prompt): number {
  return Array.isArray(chat?.prefill) ? chat.prefill.length : 1;
}

/** @param sample which of the answers to this question is asked for */
export function renderChatQuestion(prompt: Prompt, target: Shown, sample = 0): ChatQuestion {
  const { chat } = prompt;
  const beginnings = [chat?.prefill ?? []].flat();
  const prefill = beginnings[sample % beginnings.length];
  const system = chat?.system ?? prompt.system;
  const instruction = renderInstruction(prompt, target);
  const user = chat?.user === undefined ? instruction : render(chat.user, target, { instruction }).trim();
  return {
    prompt:
      chat?.raw !== undefined
        ? { pieces: renderPieces(chat.raw, target, { instruction }) }
        : [
            ...(system === undefined ? [] : [{ role: "system" as const, content: render(system, target).trim() }]),
            { role: "user", content: user },
          ],
    ...(prefill !== undefined && { prefill: render(prefill, target) }),
    ...(beginnings.length > 1 && { prefillApart: true as const }),
    ...(chat?.stop !== undefined && { stop: chat.stop }),
    ...(chat?.maxTokens !== undefined && { maxTokens: chat.maxTokens }),
  };
}

/** The user's turn after an answer: a template of `repair` or `strengthen` with what it shows. */
export function renderFollowUp(
  template: string,
  shown: { readonly failures: string } | { readonly survivors: string },
): string {
  return template
    .replaceAll(
      placeholderPattern,
      (written, name: string) => (shown as Readonly<Record<string, string>>)[name] ?? written,
    )
    .trim();
}

/** A question for a model that goes on with a text. */
export interface CompletionQuestion {
  readonly prompt: RawPrompt;
  /** The examples: the same for every target. */
  readonly sharedPrefix: string;
  readonly prefill: string;
  readonly stop: readonly string[];
  readonly grammar?: string;
  readonly maxTokens?: number;
}

export function renderCompletion(
  { template, begin, examples, stop, grammar, maxTokens }: NonNullable<Prompt["completion"]>,
  target: Shown,
): CompletionQuestion {
  const shown = examples.flatMap((example): ChatText => [
    ...renderPieces(template, shownExample(example)),
    { text: `${example.answer.trimEnd()}\n\n\n`, from: "format" },
  ]);
  return {
    prompt: { pieces: [...shown, ...renderPieces(template, target)] },
    sharedPrefix: joined(shown),
    prefill: render(begin, target),
    stop,
    ...(grammar !== undefined && { grammar: render(grammar, target) }),
    ...(maxTokens !== undefined && { maxTokens }),
  };
}

/** What the answer of an example has to begin with. */
export function exampleBegin({ begin }: NonNullable<Prompt["completion"]>, example: PromptExample): string {
  return render(begin, shownExample(example));
}

type PromptExample = Omit<NonNullable<Prompt["completion"]>["examples"][number], "answer">;

function shownExample({ module, name, code, method, path }: PromptExample): Shown {
  return {
    name,
    qualifiedName: name,
    module,
    signature: "",
    promptCode: code,
    imports: [],
    ...(method !== undefined && path !== undefined && { route: { method, path } }),
  };
}

function render(template: string, target: Shown, more: Readonly<Record<string, string>> = {}): string {
  return joined(renderPieces(template, target, more));
}

/** A template with what it shows: marks of a chat format in the template are marks, in what it shows they are text. */
function renderPieces(template: string, target: Shown, more: Readonly<Record<string, string>> = {}): ChatText {
  // Every second part is a placeholder.
  const pieces = template.split(/(\{\{\s*[a-z_]+\s*\}\})/u).map((part, index): ChatPiece => {
    if (index % 2 === 0) return { text: part, from: "format" };
    return {
      text: part.replace(
        placeholderPattern,
        (written, name: string) => more[name] ?? placeholders[name]?.(target) ?? written,
      ),
      from: "message",
    };
  });
  return pieces.filter(({ text }) => text !== "");
}
