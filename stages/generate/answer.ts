import type { PythonModule, Statement } from "../python/module.js";
import { type ParsedModule, parseModule } from "../python/parse-module.js";
import { dedentedSource } from "../python/source-text.js";
import { usesAsyncio, withoutAsyncTests } from "./async-tests.js";

/** What is usable of a model's answer. */
export interface ReadAnswer {
  /** Test functions, with the helpers and imports that they need; null where there is none. */
  readonly tests: string | null;
  /** What was left out, with the reason. */
  readonly rejected: readonly { readonly part: string; readonly reason: string }[];
}

interface AnswerRules {
  /** The answer was cut: its last line is not whole. */
  readonly truncated: boolean;
  readonly splitAssertions: boolean;
  /** Names that the tool imports, and a test must not define. */
  readonly imported: readonly string[];
  /** Name of the target where it is async: a call that nothing awaits is run. */
  readonly asyncName?: string | null;
}

/** Takes the test functions out of a model's answer, whatever it wrote around them. */
export function readAnswer(text: string, { truncated, splitAssertions, imported, asyncName = null }: AnswerRules): ReadAnswer {
  const said = withoutThoughts(text);
  if (said === null) return nothing(text, "truncated: the answer ended while the model was thinking");
  const code = codeOf(said);
  const { module, broken } = truncated ? parseTruncated(code) : parseModule(code);
  // What is neither Python nor the beginning of a test is talk around the code.
  const rejected = broken.filter(({ excerpt }) => /^(?:async\s+)?def\s+test|^class\s+Test|^@/u.test(excerpt))
    .map(({ excerpt }) => ({ part: excerpt, reason: `syntax: ${excerpt.trim()}` }));
  const kept = module.statements.filter((statement) => isTest(statement, module));
  if (kept.length === 0) {
    return { tests: null, rejected: rejected.length > 0 ? rejected : [{ part: text, reason: truncated ? "truncated: no whole test" : "no-code: no test function" }] };
  }
  const sources = withNeeds(kept, module.statements, imported).flatMap((statement) => {
    const source = dedentedSource(module.text, statement.node);
    return splitAssertions && kept.includes(statement) ? split(source, statement) : [source];
  }).map((source) => withoutAsyncTests(source, asyncName));
  const needsAsyncio = sources.some(usesAsyncio) && !sources.some((source) => /^import asyncio$/mu.test(source));
  return { tests: [...(needsAsyncio ? ["import asyncio"] : []), ...sources].join("\n\n\n"), rejected };
}

function nothing(part: string, reason: string): ReadAnswer {
  return { tests: null, rejected: [{ part, reason }] };
}

/** The text after what the model thought aloud; null where it never got that far. */
function withoutThoughts(text: string): string | null {
  // A template may have written the opening tag, so that the answer has the closing one alone.
  const spoken = text.slice(text.lastIndexOf("</think>") + 1).replace(/^\/think>/u, "");
  return spoken.includes("<think>") ? null : spoken;
}

/** The contents of the fenced blocks, or all of it where there is none. A block that is never closed runs to the end. */
function codeOf(text: string): string {
  const blocks = [...text.matchAll(/^[ \t]*```[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*```|(?![^]))/gmsu)]
    .filter(([, language = ""]) => ["", "python", "py", "python3", "pytest"].includes(language.toLowerCase()))
    .map(([, , code]) => code ?? "");
  return blocks.length > 0 ? blocks.join("\n\n") : text;
}

/** The module without the line that was cut, and without the lines before it that are nothing without that one: decorators, heads of blocks, open brackets. */
function parseTruncated(code: string): ParsedModule {
  const lines = code.split("\n").slice(0, -1);
  while (lines.length > 0 && /^\s*(?:@.*|.*:\s*)?$/u.test(lines.at(-1) ?? "")) lines.pop();
  const parsed = parseModule(lines.join("\n"));
  const reached = parsed.module.statements.at(-1)?.node.endPosition.row ?? -1;
  const isWhole = lines.length === 0 || reached >= lines.length - 1;
  return isWhole ? parsed : parseTruncated(lines.join("\n"));
}

function isTest({ node, binds, hasDefinition }: Statement, { definitions }: PythonModule): boolean {
  if (!hasDefinition) return false;
  const own = definitions.filter(({ decorated }) => decorated.startIndex >= node.startIndex && decorated.endIndex <= node.endIndex);
  return [...binds].some((name) => name.startsWith("test") || name.startsWith("Test"))
    && own.some(({ kind, name }) => kind === "function" && name.startsWith("test"));
}

/** The statements with those that they need, in file order; what the tool imports is not taken from the answer. */
function withNeeds(kept: readonly Statement[], statements: readonly Statement[], imported: readonly string[]): readonly Statement[] {
  const needed = new Set(kept.flatMap((statement) => [...statement.needs, ...fixturesOf(statement)]));
  const more = statements.filter((statement) => !kept.includes(statement)
    && [...statement.binds].some((name) => needed.has(name)) && !imported.some((name) => statement.binds.has(name)));
  if (more.length === 0) return kept;
  return withNeeds(statements.filter((statement) => kept.includes(statement) || more.includes(statement)), statements, imported);
}

/** Names of parameters: pytest looks for fixtures of these names. */
function fixturesOf({ node }: Statement): string[] {
  return node.descendantsOfType("parameters").flatMap((parameters) => parameters.namedChildren.map(({ text }) => text));
}

/** A test function that is nothing but different assertions as one function an assertion; any other as it is. */
function split(source: string, { node }: Statement): string[] {
  const name = node.childForFieldName("name")?.text;
  const body = node.childForFieldName("body")?.namedChildren ?? [];
  const isPlain = node.type === "function_definition" && node.childForFieldName("parameters")?.namedChildCount === 0 && !source.startsWith("async");
  if (!isPlain || body.length === 0 || body.some(({ type }) => type !== "assert_statement")) return [source];
  const assertions = [...new Set(body.map((assertion) => dedentedSource(node.tree.rootNode.text, assertion)))];
  if (assertions.length === 1) return [`def ${name}():\n    ${assertions[0]}`];
  return assertions.map((assertion, index) => `def ${name}_${index + 1}():\n    ${assertion}`);
}
