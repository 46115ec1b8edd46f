import { z } from "zod";
import { ChatTemplates, CompletionTemplates, Prompt, Template, type Texts } from "../../../pipeline/contract/prompt.js";
import { definePrompt } from "../../../pipeline/contract/prompt-type.js";
import type { Parameter, Target } from "./records.js";

const splitAssertions = z
  .boolean()
  .describe(
    "Makes a test function of its own of each assertion, so that a wrong one does not take the right ones with it",
  );

/** What a completion gives the model to see first. */
const Example = z.strictObject({
  module: z.string().min(1),
  name: z.string().min(1),
  code: z.string().min(1),
  method: z.string().min(1).optional().describe("Of a route: GET, POST, ..."),
  path: z.string().min(1).optional().describe("Of a route, as the application serves it"),
  answer: z.string().min(1).describe("The whole answer, with what `begin` says of it"),
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

/** What a template that shows a target may name. */
const Shows = z.strictObject({
  name: z.string().describe("Name of the target"),
  qualified_name: z.string().describe("Dotted name inside its module"),
  callee: z.string().describe("What a test imports: the function, or the class that holds the method"),
  opening: z.string().describe("How a test of it begins"),
  module: z.string().describe("Module that holds it"),
  signature: z.string().describe("Its def or class line"),
  kind: z.string().describe("function, method, class or route, with async before it"),
  parameters: z.string().describe("Its parameters, one a line"),
  returns: z.string().describe("What it is annotated to return"),
  code: z.string().describe("Its code, without what would give the answer away"),
  imports: z.string().describe("Imports of its module that it needs"),
  method: z.string().describe("Of a route: GET, POST, ..."),
  path: z.string().describe("Of a route, as the application serves it"),
});

const schema = z.strictObject({
  ...Prompt.shape,
  chat: ChatTemplates.extend({ splitAssertions: splitAssertions.optional() })
    .optional()
    .describe("What a teacher that follows instructions is told beside what a row asks"),
  completion: CompletionTemplates.extend({
    examples: z
      .array(Example)
      .min(1)
      .describe(CompletionTemplates.shape.examples.description ?? ""),
    splitAssertions: splitAssertions.default(false),
  }).optional(),
  shard: ShardQuestion.optional(),
  repair: Template.optional().describe(
    "What a model that follows instructions is told after tests of its own that failed, which it can show as " +
      "{{failures}}",
  ),
  strengthen: Template.optional().describe(
    "What it is told after tests that pass, to get more: {{survivors}} shows the mutants that they did not notice",
  ),
});

/** What a question about many targets can show; shard-prompt.ts says how. */
const shardPlaceholders = ["count", "targets", "code", "signatures"] as const;

/** A prompt file that asks for tests. */
export const TestPrompt = definePrompt({
  shows: Shows,
  schema,
  templates: {
    "completion.template": ["name", "module", "code", "method", "path"],
    "completion.begin": ["name", "callee", "method", "path"],
    "completion.grammar": ["name", "callee"],
    "shard.unit": shardPlaceholders,
    "shard.e2e": [...shardPlaceholders, "preamble"],
    "shard.route": Object.keys(Shows.shape),
    "shard.retry": ["problems"],
    repair: ["failures"],
    strengthen: ["survivors"],
  },
  shownIn: (example) => shownExample(Example.parse(example)),
});
export type TestPrompt = z.infer<typeof schema>;

/** What templates show of a target. */
export function shownTarget(target: Shown): Texts {
  return Object.fromEntries(Object.entries(placeholders).map(([name, textOf]) => [name, textOf(target)]));
}

function shownExample({ module, name, code, method, path }: z.infer<typeof Example>): Texts {
  return shownTarget({
    name,
    qualifiedName: name,
    module,
    signature: "",
    promptCode: code,
    imports: [],
    ...(method !== undefined && path !== undefined && { route: { method, path } }),
  });
}

type Shown = Pick<Target, "name" | "qualifiedName" | "module" | "signature" | "promptCode" | "imports"> &
  Partial<Pick<Target, "targetKind" | "decorators" | "isAsync" | "parameters" | "returns">> & {
    readonly route?: Pick<NonNullable<Target["route"]>, "method" | "path"> | undefined;
  };

const placeholders: Readonly<Record<keyof z.infer<typeof Shows>, (target: Shown) => string>> = {
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
