import { type Reason, reason } from "../../../../pipeline/contract/reasons.js";
import { segmentsOf, testFunction } from "../assertions.js";
import type { PythonModule, Statement } from "../../../python/lib/module.js";
import { dedentedSource } from "../../../python/lib/source-text.js";
import { beginsTest, parseAnswer, unfinishedThought } from "./answer-code.js";
import { usesAsyncio, withoutAsyncTests } from "./async-tests.js";
import { fixturesIn } from "./fixtures.js";
import { importsTakenFrom } from "./module-imports.js";

/** What is usable of a model's answer. */
export interface ReadAnswer {
  /** Test functions, with the helpers and imports that they need; null where there is none. */
  readonly tests: string | null;
  /** Packages that the answer says its tests need, in lines of the form `# requires: NAME`. */
  readonly requires: readonly string[];
  /** What was left out, with the reason. */
  readonly rejected: readonly { readonly part: string; readonly reason: Reason }[];
}

interface AnswerRules {
  /** The answer was cut: its last line is not whole. */
  readonly truncated: boolean;
  readonly splitAssertions: boolean;
  /** Names that the tool imports, and a test must not define. */
  readonly imported: readonly string[];
  /** Name of the target where it is async: a call that nothing awaits is run. */
  readonly asyncName?: string | null;
  /** Import statements of the target's module. */
  readonly moduleImports?: readonly string[];
}

/** Takes the test functions out of a model's answer, whatever it wrote around them. */
export function readAnswer(
  text: string,
  { truncated, splitAssertions, imported, asyncName = null, moduleImports = [] }: AnswerRules,
): ReadAnswer {
  const parsed = parseAnswer(text, { truncated });
  const requires = requiredIn(text);
  if (parsed === null) return { tests: null, requires, rejected: [{ part: text, reason: unfinishedThought }] };
  const { module, broken } = parsed;
  // What is neither Python nor the beginning of a test is talk around the code.
  const rejected = broken
    .filter(beginsTest)
    .map(({ excerpt }) => ({ part: excerpt, reason: reason("syntax", `syntax: ${excerpt.trim()}`) }));
  const kept = module.statements.filter((statement) => isTest(statement, module));
  if (kept.length === 0) {
    return {
      tests: null,
      requires,
      rejected: rejected.length > 0 ? rejected : [{ part: text, reason: withoutTest(truncated) }],
    };
  }
  const statements = withNeeds(kept, module.statements, imported);
  const sources = statements
    .flatMap((statement) => {
      const source = dedentedSource(module.text, statement.node);
      return splitAssertions && kept.includes(statement) ? split(source, statement) : [source];
    })
    .map((source) => withoutAsyncTests(source, asyncName));
  const needsAsyncio = sources.some(usesAsyncio) && !sources.some((source) => /^import asyncio$/mu.test(source));
  const imports = new Set([
    ...(needsAsyncio ? ["import asyncio"] : []),
    ...importsTakenFrom(statements, moduleImports),
  ]);
  return {
    tests: [...(imports.size > 0 ? [[...imports].join("\n")] : []), ...sources].join("\n\n\n"),
    requires,
    rejected,
  };
}

/** Names as PyPI knows them, each once, without versions. */
function requiredIn(text: string): string[] {
  const named = [...text.matchAll(/^[ \t]*#[ \t]*requires:[ \t]*(.+)$/gimu)].flatMap(([, names = ""]) =>
    names.split(/[\s,]+/u),
  );
  return [
    ...new Set(
      named.map((name) => /^[A-Za-z][\w.-]*/u.exec(name)?.[0].toLowerCase() ?? "").filter((name) => name !== ""),
    ),
  ].toSorted();
}

/** Why an answer as a whole is of no use: it holds no test function, or was cut before the first one ended. */
export function withoutTest(truncated: boolean): Reason {
  return truncated ? reason("truncated", "truncated: no whole test") : reason("no-code", "no-code: no test function");
}

function isTest({ node, binds, hasDefinition }: Statement, { definitions }: PythonModule): boolean {
  if (!hasDefinition) return false;
  const own = definitions.filter(
    ({ decorated }) => decorated.startIndex >= node.startIndex && decorated.endIndex <= node.endIndex,
  );
  return (
    [...binds].some((name) => name.startsWith("test") || name.startsWith("Test")) &&
    own.some(({ kind, name }) => kind === "function" && name.startsWith("test"))
  );
}

/** The statements with those that they need, in file order; what the tool imports is not taken from the answer. */
function withNeeds(
  kept: readonly Statement[],
  statements: readonly Statement[],
  imported: readonly string[],
): readonly Statement[] {
  const needed = new Set(kept.flatMap((statement) => [...statement.needs, ...fixturesIn(statement.node)]));
  const more = statements.filter(
    (statement) =>
      !kept.includes(statement) &&
      [...statement.binds].some((name) => needed.has(name)) &&
      !imported.some((name) => statement.binds.has(name)),
  );
  if (more.length === 0) return kept;
  return withNeeds(
    statements.filter((statement) => kept.includes(statement) || more.includes(statement)),
    statements,
    imported,
  );
}

/**
 * A test function that ends in different assertions as one function an assertion, each with the statements before them;
 * any other as it is.
 */
function split(source: string, { node }: Statement): string[] {
  const segments = segmentsOf(node);
  const [first] = segments ?? [];
  if (segments?.length !== 1 || first === undefined) return [source];
  const { setUp, assertions } = first;
  const name = node.childForFieldName("name")?.text ?? "";
  return assertions.map((assertion, index) =>
    testFunction(assertions.length === 1 ? name : `${name}_${index + 1}`, [...setUp, assertion]),
  );
}
