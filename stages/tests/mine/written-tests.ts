import type { Target } from "../../python/lib/records.js";
import { pythonName } from "../../python/lib/identifier.js";
import type { Definition } from "../../python/lib/module.js";
import { dedentedSource, linesOf } from "../../python/lib/source-text.js";
import { nameInPytest } from "../lib/test-functions.js";
import type { MinedTests } from "./doctest-tests.js";
import { type MinedTest, numbered } from "./test-function.js";
import type { TestModule, WrittenTest } from "../lib/test-module.js";
import { isNamedIn, subjectOf, testNames } from "./test-sketch.js";
import { type LeftOut, leftOut } from "./left-out.js";
import { isParametrize, parametersOf } from "./parametrize.js";
import { isFixture, isUnittest, parametersIn, SetUp } from "./set-up.js";
import { type PlainAssertions, plainAssertions } from "./unittest.js";

/** Tests of one file for a target, with what they share. */
export interface FileTests extends MinedTests {
  /** Import statements and definitions of the file that the tests need, above them. */
  readonly prelude: string;
}

/** Longest test, and most lines of its file that come along with it. */
const longestTest = 80;
const mostHelperLines = 60;

/** The test functions of a file that name the target, each made independent of the file. */
export function writtenTests(target: Target, file: TestModule, conftests: readonly TestModule[]): FileTests {
  const setUp = new SetUp(file, conftests);
  const tests: MinedTest[] = [];
  const rejected: MinedTests["rejected"][number][] = [];
  const imports = new Set<string>();
  const helpers = new Set<string>();
  for (const test of file.tests) {
    if (!isFor(test, target)) continue;
    const made = independent(test, target, setUp);
    if ("reason" in made) {
      rejected.push({ part: `${test.path}: ${test.definition.qualifiedName}`, reason: made.reason });
      continue;
    }
    tests.push(made.test);
    for (const line of made.imports) imports.add(line);
    for (const helper of made.helpers) helpers.add(helper);
  }
  const inOrder = file.module.statements
    .map(({ node }) => dedentedSource(file.module.text, node))
    .filter((text) => helpers.has(text));
  const prelude = [...(imports.size === 0 ? [] : [[...imports].join("\n")]), ...inOrder].join("\n\n");
  return { tests: numbered(tests), rejected, prelude };
}

/** A test is for a target that it uses, and that its name, its class or (where an assertion uses it) its file names. */
function isFor(test: WrittenTest, target: Target): boolean {
  const { name, parent } = test.definition;
  const isAsserted = () =>
    target.module.endsWith(subjectOf(test.path)) &&
    new RegExp(String.raw`(?<![\p{L}\p{N}_])${target.name}(?![\p{L}\p{N}_])`, "u").test(pythonName(test.asserted));
  return (
    pythonName(test.definition.node.text).includes(target.name) &&
    (isNamedIn(testNames(name, parent?.name ?? ""), target.name) || isAsserted()) &&
    test.usesTarget(target)
  );
}

type Independent =
  | { readonly test: MinedTest; readonly imports: readonly string[]; readonly helpers: readonly string[] }
  | LeftOut;

function independent({ definition, inModule, path }: WrittenTest, target: Target, setUp: SetUp): Independent {
  const { node, decorators, name, parent, needs } = definition;
  const before = setUp.of(definition);
  if ("reason" in before) return before;
  const fixtures = fixturesOf(definition, inModule, before.fixtures);
  if ("reason" in fixtures) return fixtures;
  if (node.firstChild?.type === "async") return leftOut("asynchronous", "asynchronous");
  if (node.endPosition.row - node.startPosition.row >= longestTest)
    return leftOut("too-long", `longer than ${longestTest} lines`);
  const mark = decorators.find((decorator) => decorator.text !== "@staticmethod" && !isParametrize(decorator));
  if (mark !== undefined)
    return leftOut("decorator", `decorator that changes how it runs: ${mark.text.split("(", 1)[0] ?? ""}`);

  const unknown = [...needs].find((needed) => !inModule.needs.knows(needed));
  if (unknown !== undefined) return leftOut("unknown-name", `name that its file does not know: ${unknown}`);

  const dedented = dedentedSource(inModule.module.text, node);
  const written = parent === null ? { source: dedented, imports: [] } : methodAsFunction(dedented);
  if ("reason" in written) return written;
  const marks = decorators
    .filter(({ text }) => text !== "@staticmethod")
    .map((decorator) => dedentedSource(inModule.module.text, decorator));
  const [topLevel = ""] = target.qualifiedName.split(".");
  const needed = inModule.needs.ofNames([...needs, ...fixtures.names]);
  const imports = [...needed.imports, ...written.imports].filter(
    (line) => line !== "import pytest" && !(line.startsWith("from ") && line.endsWith(` import ${topLevel}`)),
  );
  const lines = needed.helpers.join("\n").split("\n").length;
  if (needed.helpers.length > 0 && lines > mostHelperLines)
    return leftOut("many-lines-of-its-file", `more than ${mostHelperLines} lines of its file: ${lines}`);
  if (
    needed.helpers.some((helper) =>
      new RegExp(String.raw`^(?:def|class|async def) (?:test|Test|${topLevel}\b)`, "mu").test(helper),
    )
  )
    return leftOut("other-tests", "other tests of its file");
  const original = {
    kind: isUnittest(parent) ? ("unittest" as const) : ("pytest" as const),
    path,
    lines: linesOf(inModule.module.text, definition.decorated),
    name: nameInPytest(definition),
  };
  return { test: { name, source: [...marks, written.source].join("\n"), original }, imports, helpers: needed.helpers };
}

/** Names of the file's own fixtures that the test asks for, or is given; or why they cannot be had. */
function fixturesOf(
  { node, decorators }: Definition,
  file: TestModule,
  always: readonly string[],
): { readonly names: readonly string[] } | LeftOut {
  const parametrized = new Set<string>();
  for (const decorator of decorators.filter(isParametrize)) {
    const found = parametersOf(decorator);
    if ("reason" in found) return found;
    for (const name of found.names) parametrized.add(name);
  }
  const own: string[] = [];
  const queue = [
    ...always,
    ...parametersIn(node).filter((name) => !parametrized.has(name) && name !== "self" && name !== "cls"),
  ];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (own.includes(name)) continue;
    const fixture = file.binders(name).at(-1)?.node;
    if (fixture === undefined && builtinFixtures.has(name)) continue;
    if (fixture === undefined || !isFixture(fixture))
      return leftOut("fixture-of-another-file", `fixture of another file: ${name}`);
    own.push(name);
    queue.push(...parametersIn(fixture.childForFieldName("definition") ?? fixture));
  }
  return { names: own };
}

const builtinFixtures: ReadonlySet<string> = new Set([
  "capsys",
  "capfd",
  "caplog",
  "monkeypatch",
  "recwarn",
  "request",
  "tmp_path",
  "tmp_path_factory",
  "tmpdir",
]);

/** A test method that uses nothing of its object but unittest's assertions. */
function methodAsFunction(dedented: string): PlainAssertions | LeftOut {
  const plain = plainAssertions(dedented);
  if ("unconverted" in plain)
    return leftOut("unittest-assertion", `assertion that has no plain form: ${plain.unconverted}`);
  const source = plain.source.replace(/^(def\s+[^\s(]+\s*\(\s*)(?:self|cls)\s*,?\s*/u, "$1");
  return /\b(?:self|cls)\b/u.test(source)
    ? leftOut("state-of-its-class", "state of its class")
    : { source, imports: plain.imports };
}
