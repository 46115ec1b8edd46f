import { z } from "zod";
import { hashValue, sha256 } from "../system/hash.js";
import { withoutFreeSpace } from "../system/white-space.js";
import { Message, textsOf } from "./message.js";

/** Where a record comes from: a package, a repository or a folder, and the place in it. */
export const Source = z.strictObject({
  ref: z.string().describe("The pinned reference: pypi:toolz@1.0.0, git:URL@COMMIT, folder:PATH"),
  name: z.string().describe("Name of the package, repository or folder"),
  version: z.string().describe("Release, commit, or content hash of a folder"),
  licence: z
    .string()
    .describe("SPDX expression that covers this record's file; LicenseRef-own for a folder of the user's"),
  path: z.string().optional().describe("POSIX path inside the source"),
  lines: z
    .tuple([z.int().min(1), z.int().min(1)])
    .optional()
    .describe("First and last line, 1-based, both included"),
  row: z.int().min(1).optional().describe("Row of a table (a CSV file, JSON Lines), 1-based, its header not counted"),
});
export type Source = z.infer<typeof Source>;

const envelope = {
  id: z.string().describe("hash(kind, content, source, from): 32 hexadecimal digits"),
  source: Source.nullable().describe("null where a record has more than one source"),
  from: z.array(z.string()).describe("Ids of the records that this one was made from"),
};
type Envelope = { id: string; source: Source | null; from: string[] };

const Language = z.string().describe("Lower-case name of the programming language: python");

const Parameter = z.strictObject({
  name: z.string(),
  kind: z.enum(["positional-only", "positional-or-keyword", "var-positional", "keyword-only", "var-keyword"]),
  annotation: z.string().nullable(),
  default: z.string().nullable(),
});
export type Parameter = z.infer<typeof Parameter>;

/**
 * How a test, or the file that holds it, ended; `passed` has the reason null. `skipped`: pytest skips it, or it fails
 * as it is expected to.
 */
export const VerdictReason = z.enum([
  "no-code",
  "truncated",
  "syntax",
  "import",
  "fixture",
  "name",
  "wrong-value",
  "timeout",
  "resource",
  "cheat",
  "flaky",
  "infra",
  "raised",
  "skipped",
]);
export type VerdictReason = z.infer<typeof VerdictReason>;

export const Verdict = z.strictObject({
  test: z.string().describe("Name of the test function"),
  outcome: z.enum(["passed", "failed", "error"]),
  reason: VerdictReason.nullable(),
  detail: z.string().describe("One line: the assertion or the exception; empty when passed"),
});
export type Verdict = z.infer<typeof Verdict>;

/** How a web application answers one method on one path. */
const Route = z.strictObject({
  framework: z.enum(["fastapi", "starlette", "flask", "django"]),
  method: z.string().describe("GET, POST, ...; a registration of several methods is a target for each"),
  path: z
    .string()
    .describe("As the application serves it, prefixes of routers and blueprints included: /orders/{order_id}"),
  handler: z.string().describe("Dotted name of the function that answers, with its module: shop.orders.create_order"),
  application: z
    .string()
    .nullable()
    .describe(
      "Where the application is: shop.main:app, or shop.main:create_app() for a factory; of Django, the module of " +
        "the project's settings; null where none was found",
    ),
  environment: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      "Settings that the application demands, with harmless stand-ins that its tests set before they import it",
    ),
});
export type Route = z.infer<typeof Route>;

/** A test that a person wrote, where it stands, and the test function that it became. */
const OriginalTest = z.strictObject({
  test: z.string().describe("Name of the test function that it became"),
  kind: z.enum(["doctest", "unittest", "pytest"]),
  path: z.string().describe("POSIX path inside the source"),
  lines: z
    .tuple([z.int().min(1), z.int().min(1)])
    .describe("First and last line; of a doctest: those of what it documents"),
  name: z.string().describe("shop.prices.halves for a doctest; TestPrices::test_halves for a test of a file"),
  examples: z
    .array(z.int())
    .optional()
    .describe("Of a doctest: which of the docstring's examples became the test, by their places"),
  of: z.int().optional().describe("Of a doctest: how many examples the docstring has"),
  exact: z
    .string()
    .optional()
    .describe("The test function that compares what is shown, where the other compares values"),
});
export type OriginalTest = z.infer<typeof OriginalTest>;

/** What a test of a model expects, held against what the code answers. */
export const Expectation = z.strictObject({
  test: z
    .string()
    .nullable()
    .describe("Name of the test function that holds it; null where that test was left out later"),
  asked: z.string().describe("What it is expected of, as it is written: clamp(1, 5, 10)"),
  expected: z.string().describe("What the model expected, as it is written: 5, raises ValueError"),
  recorded: z
    .string()
    .nullable()
    .describe("What the code answers, written in its place; null where the model was right"),
});
export type Expectation = z.infer<typeof Expectation>;

/** What proves a row of the pytest task: the target, what the tool writes before the tests, and the verdicts. */
const PytestEvidence = z.strictObject({
  type: z.literal("pytest"),
  target: z.strictObject({
    id: z.string(),
    kind: z.enum(["function", "method", "class", "route"]),
    name: z.string(),
    qualifiedName: z.string(),
    module: z.string(),
    route: Route.optional(),
  }),
  originals: z
    .array(OriginalTest)
    .optional()
    .describe(
      "Where the tests come from, of those that a person wrote: no rewritten test accuses the code before its " +
        "original has failed",
    ),
  preamble: z
    .string()
    .describe("Import lines that the tool writes before the response; preamble + response is a whole test file"),
  expectations: z
    .array(Expectation)
    .optional()
    .describe("What a model expected, one an expectation that was held against the code; missing where nobody did"),
  verdicts: z.array(Verdict).describe("One a test; empty before verification"),
  hashSeeds: z.array(z.int()).describe("The PYTHONHASHSEED of every run; empty before verification"),
  sandbox: z.string().nullable().describe("What confined the runs; null before verification"),
  mutants: z
    .strictObject({
      killed: z.int().min(0),
      run: z.int().min(0).describe("Mutants of the target that the tests were run on"),
      total: z.int().min(0).describe("Mutants of the target that there are"),
    })
    .nullable()
    .describe("How many changed copies of the target the tests tell from it; null where none was run"),
  coverage: z
    .strictObject({
      lines: z.number().min(0).max(1).describe("Part of the target's lines that the tests run"),
      branches: z.number().min(0).max(1).describe("Part of the ways out of its conditions; 1 where it has none"),
    })
    .nullable()
    .describe("null where it was not measured"),
});
export type PytestEvidence = z.infer<typeof PytestEvidence>;

/** A target as the evidence of its tests names it. */
export function testedTarget({
  id,
  targetKind: kind,
  name,
  qualifiedName,
  module,
  route,
}: Target): PytestEvidence["target"] {
  return { id, kind, name, qualifiedName, module, ...(route !== undefined && { route }) };
}

/** The evidence of tests that were not run yet. */
export function unverified(
  target: PytestEvidence["target"],
  preamble: string,
  originals?: readonly OriginalTest[],
): PytestEvidence {
  return {
    type: "pytest",
    target,
    ...(originals !== undefined && { originals: [...originals] }),
    preamble,
    verdicts: [],
    hashSeeds: [],
    sandbox: null,
    mutants: null,
    coverage: null,
  };
}

const Evidence = z.discriminatedUnion("type", [PytestEvidence, z.strictObject({ type: z.literal("none") })]);

const Split = z.enum(["train", "val", "test"]);
export type Split = z.infer<typeof Split>;

const Labels = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

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

/** A small change of a file, as mutation makes it. */
const ChangedCode = z.strictObject({
  operator: z.string().describe("What was changed: comparison, arithmetic, boundary, ..."),
  line: z.int().min(1).describe("Line of the source file"),
  diff: z.string().describe("From the source file to the changed one: a unified diff of one hunk, without file names"),
});
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

/** A file as a question shows it. */
const ShownFile = z.strictObject({
  path: z.string().describe("POSIX path inside the source"),
  module: z.string().describe("Dotted name under which Python imports it"),
  extent: z
    .enum(["whole", "parts"])
    .describe("parts: the targets and what they need, where the whole file is too long"),
  text: z.string(),
});
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

/** An expectation that is not what a buggy program answers, with what the correct one answers. */
const Disagreement = z.strictObject({
  asked: Expectation.shape.asked,
  expected: Expectation.shape.expected,
  answered: z.string().describe("What the buggy program answers"),
  correct: z.string().nullable().describe("What the correct program answers; null where that cannot be told"),
  isBug: z
    .boolean()
    .describe("Whether the correct program answers what was expected: the disagreement points at the bug"),
});
export type Disagreement = z.infer<typeof Disagreement>;

/** How one model did on one target. */
export const Score = defineKind(
  "Score",
  {
    target: z.string(),
    model: z.string(),
    metrics: z.record(z.string(), z.number().nullable()),
    labels: Labels,
    disagreements: z
      .array(Disagreement)
      .optional()
      .describe("Of a buggy program: where its answers are not what the model expects"),
  },
  ({ target, model }) => [target, model],
);
export type Score = z.infer<typeof Score.schema>;

export const kinds = [SourceFile, Target, Shard, Example, Conversation, Artifact, Score] as const;
export type AnyRecord = SourceFile | Target | Shard | Example | Conversation | Artifact | Score;
export type RecordOf<K> = K extends Kind<infer R> ? R : never;

/** A kind of record: its schema, and how to make one. */
export interface Kind<R extends Envelope & { kind: string } = AnyRecord> {
  readonly name: R["kind"];
  readonly schema: z.ZodType<R>;
  /** A new record; `from` are its parents, and `source` where it comes from. The id follows from all of it. */
  make(
    content: Omit<R, "kind" | keyof Envelope>,
    lineage: { source: Source | null; from: readonly { id: string }[] },
  ): R;
  /** A changed copy of a record, with the record as its only parent. */
  derive(record: R, changes: Partial<Omit<R, "kind" | "id" | "from">>): R;
  /** The texts by which two records are equal in content, wherever they come from. */
  content(record: R): string[];
}

function defineKind<const N extends string, S extends z.ZodRawShape>(
  name: N,
  shape: S,
  content: (record: z.infer<z.ZodObject<S>>) => string[],
) {
  const schema = z.strictObject({ kind: z.literal(name), ...envelope, ...shape });
  type Content = z.infer<z.ZodObject<S>>;
  type R = { kind: N } & Envelope & Content;

  function make(fields: Content, source: Source | null, from: string[]): R {
    const id = hashValue({ kind: name, content: fields, source, from }).slice(0, 32);
    return { kind: name, id, source, from, ...fields } as unknown as R;
  }
  return {
    name,
    schema: schema as unknown as z.ZodType<R>,
    make: (fields: Content, lineage: { source: Source | null; from: readonly { id: string }[] }): R =>
      make(
        fields,
        lineage.source,
        lineage.from.map(({ id }) => id),
      ),
    derive: (record: R, changes: Partial<Content> & { source?: Source | null }): R => {
      const { kind: _kind, id, from: _from, source, ...fields } = { ...record, ...changes };
      return make(fields as unknown as Content, source, [id]);
    },
    content: (record: R) => content(record),
  };
}

/**
 * SHA-256 of what a record says, apart from where it comes from: equal content gives equal hashes.
 * @param ignore `whitespace`: what of it hardly ever means something (see withoutFreeSpace)
 */
export function contentHash(
  record: AnyRecord,
  { ignore = "nothing" }: { ignore?: "nothing" | "whitespace" } = {},
): string {
  const kind = kinds.find(({ name }) => name === record.kind) as unknown as Kind;
  const texts = kind.content(record);
  const normalised = ignore === "whitespace" ? texts.map(withoutFreeSpace) : texts;
  return sha256(JSON.stringify(normalised));
}
