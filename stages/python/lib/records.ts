import { z } from "zod";
import { defineKind } from "../../../pipeline/contract/kind.js";
import { Language } from "../../../pipeline/contract/records.js";
import { Route } from "../../../pipeline/contract/route.js";

const Parameter = z.strictObject({
  name: z.string(),
  kind: z.enum(["positional-only", "positional-or-keyword", "var-positional", "keyword-only", "var-keyword"]),
  annotation: z.string().nullable(),
  default: z.string().nullable(),
});
/** A parameter of a function, as it is written. */
export type Parameter = z.infer<typeof Parameter>;

const ChangedCode = z.strictObject({
  operator: z.string().describe("What was changed: comparison, arithmetic, boundary, ..."),
  line: z.int().min(1).describe("Line of the source file"),
  diff: z.string().describe("From the source file to the changed one: a unified diff of one hunk, without file names"),
});
/** A small change of a file, as mutation makes it. */
export type ChangedCode = z.infer<typeof ChangedCode>;

/** Something that tests can be written for. */
export const Target = defineKind(
  "Target",
  {
    targetKind: z.enum(["function", "method", "class", "route"]),
    language: Language,
    name: z.string(),
    qualifiedName: z.string().describe("Dotted name inside the module: SortedList.add"),
    module: z.string().describe("Dotted name of the module that holds it: toolz.itertoolz"),
    signature: z.string().describe("The def or class line(s), without the body"),
    parameters: z.array(Parameter),
    returns: z.string().nullable(),
    docstring: z.string().nullable().describe("The docstring's value, dedented"),
    decorators: z.array(z.string()),
    isAsync: z.boolean(),
    code: z.string().describe("Source text, dedented"),
    promptCode: z
      .string()
      .describe(
        "The code as a question shows it: without the doctest lines, which hold the answer, and a method in its " +
          "class, with the constructor",
      ),
    imports: z.array(z.string()).describe("Import statements of the module that the target needs"),
    helpers: z
      .array(z.string())
      .describe("Definitions of the module that the target needs, in file order, transitively"),
    complexity: z.int().min(1).describe("Cyclomatic complexity"),
    route: Route.optional().describe("Of a target of the kind route, whose code and names are its handler's"),
    mutant: ChangedCode.optional().describe("Of a wrong copy of code, made on purpose: how it differs from the source"),
  },
  ({ code }) => [code],
);
export type Target = z.infer<typeof Target.schema>;

const ShownFile = z.strictObject({
  path: z.string().describe("POSIX path inside the source"),
  module: z.string().describe("Dotted name under which Python imports it"),
  extent: z
    .enum(["whole", "parts"])
    .describe("parts: the targets and what they need, where the whole file is too long"),
  text: z.string(),
});
/** A file as a question shows it. */
export type ShownFile = z.infer<typeof ShownFile>;

/** Targets that a model is asked about together, and what it is shown of their code. */
export const Shard = defineKind(
  "Shard",
  {
    suite: z.enum(["unit", "e2e"]).describe("unit: functions, methods and classes; e2e: routes"),
    number: z.int().min(1).describe("Its place among the shards of its suite"),
    language: Language,
    targets: z.array(Target.schema).min(1),
    files: z.array(ShownFile).describe("The files that hold the targets"),
    signatures: z
      .array(z.strictObject({ module: z.string(), text: z.string() }))
      .describe("What the files import from the rest of the project, without what it does"),
    tokens: z.int().min(0).describe("Tokens of the question about all of its targets"),
    counted: z
      .enum(["tokenizer", "estimate"])
      .describe("How the tokens were counted: by the model's own tokenizer, or from the length of the text"),
    answerTokens: z.int().min(1).describe("Tokens that are left free for an answer"),
  },
  ({ targets, files }) => [...targets.map(({ code }) => code), ...files.map(({ text }) => text)],
);
export type Shard = z.infer<typeof Shard.schema>;
