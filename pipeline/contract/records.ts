import { z } from "zod";
import { Evidence } from "./evidence.js";
import { type AnyKind, type ContentHashOptions, defineKind } from "./kind.js";
import { Message, textsOf } from "./message.js";

/** Name of a record's programming language. */
export const Language = z.string().describe("Lower-case name of the programming language: python");

const Split = z.enum(["train", "val", "test"]);
/** The part of a dataset that a row belongs to. */
export type Split = z.infer<typeof Split>;

/** Facts about a record. */
export const Labels = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** One file of a source, decoded to text. */
export const SourceFile = defineKind(
  "SourceFile",
  {
    language: Language,
    role: z.enum(["code", "test", "documentation"]),
    module: z
      .string()
      .nullable()
      .describe("Dotted name under which Python imports it; null where it is not importable"),
    encoding: z.string().describe("Encoding that the file was decoded from"),
    text: z.string(),
  },
  ({ text }) => [text],
);
export type SourceFile = z.infer<typeof SourceFile.schema>;

/** A question and its answer: for the pytest task, a target and its tests. */
export const Example = defineKind(
  "Example",
  {
    task: z.string().describe("What is asked: pytest"),
    language: Language,
    prompt: z.string(),
    response: z.string(),
    messages: z
      .array(Message)
      .optional()
      .describe(
        "The whole conversation, where it is more than a question and its answer: `prompt` is then its first " +
          "question, `response` its last answer",
      ),
    split: Split.nullable().describe("null before the split"),
    labels: Labels.describe("Facts about the row; `teacher` names who wrote the response"),
    evidence: Evidence,
  },
  ({ prompt, response, messages = [] }) => [
    prompt,
    response,
    ...messages.map((message) => [message.role, ...textsOf(message)].join("\n")),
  ],
);
export type Example = z.infer<typeof Example.schema>;

/** An example as chat messages. */
export const Conversation = defineKind(
  "Conversation",
  {
    task: z.string(),
    language: Language,
    split: Split.nullable(),
    messages: z.array(Message),
    columns: z
      .record(z.string(), z.string())
      .describe("Columns that the chat format adds: text, or instruction, input, output, ..."),
    tokens: z
      .int()
      .nullable()
      .describe("Tokens of the whole conversation by the model's own tokenizer; null where none was named"),
    labels: Labels,
    evidence: Evidence,
  },
  ({ messages }) => messages.map((message) => [message.role, ...textsOf(message)].join("\n")),
);
export type Conversation = z.infer<typeof Conversation.schema>;

/** A file or folder that a step leaves behind. */
export const Artifact = defineKind(
  "Artifact",
  {
    type: z.string().describe("dataset, adapter, gguf, report"),
    path: z
      .string()
      .describe(
        "POSIX path below what its step leaves, which is published in the pipeline's outputs, or in the step's " +
          "folder there",
      ),
    sha256: z.string().describe("Of the file; of a folder the hash over the names and SHA-256 of its files"),
    bytes: z.int().min(0),
    facts: Labels,
  },
  ({ sha256: hash }) => [hash],
);
export type Artifact = z.infer<typeof Artifact.schema>;

/**
 * SHA-256 of what a record says, apart from where it comes from. For the kinds that the contract itself has; a kind of
 * another's has its own: `Fact.contentHash(fact)`.
 *
 * @example
 *   const first = seen.claim(contentHash(example, { ignore: "whitespace" }), example.id);
 */
export function contentHash(
  record: SourceFile | Example | Conversation | Artifact,
  options: ContentHashOptions = {},
): string {
  const kinds: readonly AnyKind[] = [SourceFile, Example, Conversation, Artifact];
  return kinds.find((kind) => kind.is(record))?.contentHash(record, options) ?? "";
}
