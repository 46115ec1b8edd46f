import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Target } from "../../python/lib/records.js";
import { isBuiltin, isBuiltinException } from "../../python/lib/builtins.js";
import { parseDoctests } from "../../python/lib/doctest.js";
import { lastName } from "../../python/lib/dotted-name.js";
import { pythonName } from "../../python/lib/identifier.js";
import { parsePython } from "../../python/lib/parser.js";
import { indented } from "../../python/lib/source-text.js";
import { type Assertion, assertionOf, Inconvertible, type Reading, unchecked } from "./doctest-assertion.js";
import { type Block, blocksOf, makeBlock, type Step } from "./doctest-blocks.js";
import type { ModuleNames } from "../lib/module-names.js";
import { type MinedTest, numbered, testName } from "./test-function.js";

/** The tests that people wrote of a target in one place, and what of that place gave none. */
export interface MinedTests {
  readonly tests: readonly MinedTest[];
  /** What could not become a test, with the reason. */
  readonly rejected: readonly { readonly part: string; readonly reason: Reason }[];
}

/**
 * The doctests of a target as pytest functions; `names` are those of the module that it is in, as doctest sees them.
 */
export function doctestTests(target: Target, names: ModuleNames): MinedTests {
  const tests: MinedTest[] = [];
  const rejected: MinedTests["rejected"][number][] = [];
  const examples = parseDoctests(target.docstring ?? "");
  const reading: Reading = { compare: "values", answersNothing: silentCalls(target) };
  for (const block of blocksOf(examples)) {
    const converted = convert(block, reading);
    const { kept, assertions, unusable } = converted;
    const imports = importsOf(makeBlock(kept), assertions, { target, names });
    for (const [step, why] of unusable) rejected.push({ part: sourceOf([step]), reason: why });
    const reject = (why: Reason) => rejected.push({ part: sourceOf(block.steps), reason: why });
    if (imports instanceof Inconvertible) reject(imports.reason);
    else if (kept.length > 0 && !mentions(kept, target))
      reject(reason("doctest-without-target", "doctest: does not use its target"));
    else if (assertions.some(({ asserts }) => asserts))
      tests.push(minedTest(block, converted, { imports, target, of: examples.length }));
    else if (unusable.length === 0) reject(reason("doctest-expects-nothing", "doctest: expects nothing"));
  }
  return { tests: numbered(tests), rejected };
}

interface Converted {
  readonly kept: readonly Step[];
  readonly assertions: readonly Assertion[];
  readonly unusable: readonly (readonly [Step, Reason])[];
}

/** The examples of a block as statements; those that cannot be checked still run where that is safe. */
function convert({ steps }: Pick<Block, "steps">, reading: Reading): Converted {
  const kept: Step[] = [];
  const assertions: Assertion[] = [];
  const unusable: (readonly [Step, Reason])[] = [];
  for (const step of steps) {
    const result = assertionOf(step.example, reading);
    if (!(result instanceof Inconvertible)) {
      kept.push(step);
      assertions.push(result);
      continue;
    }
    unusable.push([step, result.reason]);
    if (result.remedy === "give up") return { kept: [], assertions: [], unusable };
    if (result.remedy === "run") {
      kept.push(step);
      assertions.push(unchecked(step.example));
    }
  }
  return { kept, assertions, unusable };
}

/**
 * The test as one is written, and, where that is another, the one that compares what is shown: a value may be none that
 * its `repr` looks like.
 */
function minedTest(
  block: Block,
  { assertions, unusable }: Converted,
  { imports, target, of }: { readonly imports: readonly string[]; readonly target: Target; readonly of: number },
): MinedTest {
  const name = testName(target, raisedBy(assertions));
  const source = writeTest(name, imports, assertions);
  const exact = writeTest(name, imports, convert(block, { compare: "shown", answersNothing: () => false }).assertions);
  const unchecked = new Set(unusable.map(([{ position }]) => position));
  const { path = "", lines = [1, 1] } = target.source ?? {};
  return {
    name,
    source,
    original: {
      kind: "doctest",
      path,
      lines,
      name: `${target.module}.${target.qualifiedName}`,
      of,
      examples: block.steps.map(({ position }) => position).filter((position) => !unchecked.has(position)),
      ...(exact !== source && { exact }),
    },
  };
}

function writeTest(name: string, imports: readonly string[], assertions: readonly Assertion[]): string {
  const parameters = assertions.some(({ needsCapsys }) => needsCapsys) ? "capsys" : "";
  const all = [...new Set([...imports, ...assertions.flatMap((assertion) => assertion.imports)])].toSorted(
    byImportStyle,
  );
  const lines = [
    ...all,
    ...assertions.flatMap((assertion, place) => [
      // What was printed before it, and compared with nothing, is not what it prints.
      ...(assertion.needsCapsys && assertions.slice(0, place).some(({ printsUnseen }) => printsUnseen)
        ? ["capsys.readouterr()"]
        : []),
      ...assertion.lines,
    ]),
  ];
  return [`def ${name}(${parameters}):`, ...indented(withSpaceAfterImports(lines).join("\n"))].join("\n");
}

/** Whether a call is one of the target, of which its text shows that it answers nothing. */
function silentCalls({ name, code, targetKind, decorators, isAsync }: Target): Reading["answersNothing"] {
  const body = parsePython(code).rootNode;
  const answers =
    targetKind === "class" ||
    isAsync ||
    decorators.length > 0 ||
    body.descendantsOfType("yield").length > 0 ||
    body.descendantsOfType("return_statement").some(({ namedChildCount }) => namedChildCount > 0);
  return (call) => !answers && lastName(pythonName(call.childForFieldName("function")?.text ?? "")) === name;
}

function withSpaceAfterImports(lines: readonly string[]): string[] {
  const body = lines.findIndex((line) => !/^(?:import|from)\s/u.test(line));
  return body < 1 || lines[body - 1]?.endsWith("(") === true
    ? [...lines]
    : [...lines.slice(0, body), "", ...lines.slice(body)];
}

/** A test that never touches its target proves nothing about it. */
function mentions(steps: readonly Step[], { name }: Target): boolean {
  const word = new RegExp(String.raw`(?<![\p{L}\p{N}_])${name}(?![\p{L}\p{N}_])`, "u");
  return steps.some(({ example }) => word.test(pythonName(example.source)));
}

/** What the test must import to see what the doctest saw: the names of its module. */
function importsOf(
  block: Block,
  assertions: readonly Assertion[],
  { target, names }: { target: Target; names: ModuleNames },
): string[] | Inconvertible {
  const [own = ""] = target.qualifiedName.split(".");
  const imports: string[] = [];
  const add = (line: string) => {
    if (!imports.includes(line)) imports.push(line);
  };
  for (const { raises } of assertions) {
    if (raises === null || isBuiltinException(raises)) continue;
    const line = importOfException(raises, block, names);
    if (line === null)
      return new Inconvertible("unknown-exception", `exception that its module does not know: ${raises}`, "give up");
    if (line !== "") add(line);
  }
  for (const name of block.needs) {
    // A name that the test binds itself is local to it, from its first line on.
    if (name === own && !block.binds.has(own)) continue;
    const line = names.importOf(name);
    if (line !== null) add(line);
    else if (!isBuiltin(name) && !block.binds.has(name))
      return new Inconvertible("unknown-name", `name that its module does not know: ${name}`, "give up");
  }
  return imports.toSorted(byImportStyle);
}

/**
 * A traceback writes an exception's whole module; some docstrings write an alias of it, or nothing. Empty where the
 * block has the name already.
 */
function importOfException(raises: string, block: Block, names: ModuleNames): string | null {
  const dot = raises.lastIndexOf(".");
  const exception = raises.slice(dot + 1);
  if (block.binds.has(exception)) return "";
  if (dot === -1) return names.importOf(exception);
  const module = raises.slice(0, dot);
  const aliased = /^import (\S+) as /u.exec(names.importOf(module) ?? "")?.[1];
  return `from ${aliased ?? module} import ${exception}`;
}

function byImportStyle(a: string, b: string): number {
  const [fromA, fromB] = [a.startsWith("from"), b.startsWith("from")];
  return fromA === fromB ? (a < b ? -1 : 1) : fromA ? 1 : -1;
}

/** The one exception that the test is about, where it is about nothing else. */
function raisedBy(assertions: readonly Assertion[]): string | null {
  const raised = new Set(
    assertions.filter(({ asserts }) => asserts).map(({ raises }) => raises?.split(".").at(-1) ?? null),
  );
  const [only = null] = raised;
  return raised.size === 1 ? only : null;
}

function sourceOf(steps: readonly Step[]): string {
  return steps.map(({ example }) => example.source).join("\n");
}
