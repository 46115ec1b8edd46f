import { pythonName } from "../../python/lib/identifier.js";
import type { Definition, PythonModule, Statement } from "../../python/lib/module.js";
import { parseModule } from "../../python/lib/parse-module.js";
import { dedentedSource } from "../../python/lib/source-text.js";

/** A test of a file, as pytest names it below the file: test_a, TestB::test_c. */
export interface TestFunction {
  readonly name: string;
  readonly code: string;
  /** A later definition takes its name: it never runs. */
  readonly isShadowed: boolean;
}

/** Every test function that the text writes down, in file order. */
export function testFunctions(code: string): TestFunction[] {
  return testsIn(parseModule(code).module).map(({ test }) => test);
}

/**
 * The text without some of its tests, and without the helpers and imports that nothing else uses. null where they
 * cannot be cut out: a test that is inherited, or stands in an `if`.
 */
export function withoutTests(code: string, isUnwanted: (test: TestFunction) => boolean): string | null {
  const { module } = parseModule(code);
  const tests = testsIn(module);
  const gone = tests.filter(({ test }) => isUnwanted(test)).map(({ definition }) => definition);
  if (gone.length === 0 || gone.some(({ conditional }) => conditional)) return null;
  const left = tests.map(({ definition }) => definition).filter((definition) => !gone.includes(definition));
  const rows = gone.map((definition) => rowsOf((emptiedClass(definition, left) ?? definition).decorated));
  return withoutUnused(cut(module.text, rows), module.text);
}

/** The text without the top-level statements that are not Python, with what each begins with. */
export function withoutBroken(code: string): { readonly code: string; readonly broken: readonly string[] } {
  const { module, broken } = parseModule(code);
  return {
    code: module.text.replaceAll(/\n(?:[ \t]*\n){3,}/gu, "\n\n\n").trim(),
    broken: broken.map(({ excerpt }) => excerpt),
  };
}

interface FoundTest {
  readonly test: TestFunction;
  readonly definition: Definition;
}

function testsIn({ text, definitions }: PythonModule): FoundTest[] {
  const found = definitions.filter(
    ({ kind, name, parent }) => kind === "function" && name.startsWith("test") && isTestPlace(parent),
  );
  return found.map((definition, index) => ({
    definition,
    test: {
      name: nameInPytest(definition),
      code: dedentedSource(text, definition.decorated),
      isShadowed: found.slice(index + 1).some(({ qualifiedName }) => qualifiedName === definition.qualifiedName),
    },
  }));
}

/** TestB::test_c, where the file calls it TestB.test_c. */
export function nameInPytest({ qualifiedName }: Pick<Definition, "qualifiedName">): string {
  return qualifiedName.replaceAll(".", "::");
}

/** Where pytest looks for tests: the file, and classes by their name or as unittest's. */
function isTestPlace(place: Definition | null): boolean {
  if (place === null) return true;
  const bases = place.node.childForFieldName("superclasses")?.text ?? "";
  return (place.name.startsWith("Test") || bases.includes("TestCase")) && isTestPlace(place.parent);
}

/** The outermost class around a test that has no test left; null where there is none. */
function emptiedClass({ parent }: Definition, left: readonly Definition[]): Definition | null {
  if (parent === null || left.some((test) => isIn(test, parent))) return null;
  return emptiedClass(parent, left) ?? parent;
}

function isIn({ parent }: Definition, outer: Definition): boolean {
  return parent !== null && (parent === outer || isIn(parent, outer));
}

type Rows = readonly [first: number, last: number];

function rowsOf({ startPosition, endPosition }: Definition["decorated"]): Rows {
  return [startPosition.row, endPosition.row];
}

/** Takes rows out of a text, with the comments right above them and the blank lines below. */
function cut(text: string, ranges: readonly Rows[]): string {
  const lines = text.split("\n");
  const gone = new Set<number>();
  for (const [first, last] of ranges) {
    for (let row = first; row <= last; row += 1) gone.add(row);
    for (let row = first - 1; /^\s*#/u.test(lines[row] ?? ""); row -= 1) gone.add(row);
    for (let row = last + 1; row < lines.length && lines[row]?.trim() === ""; row += 1) gone.add(row);
  }
  return lines
    .filter((_, row) => !gone.has(row))
    .join("\n")
    .trim();
}

/** Cuts functions, classes and imports that only what is gone has used, until there are none. */
function withoutUnused(text: string, before: string): string {
  const { module } = parseModule(text);
  const unused = module.statements.filter(
    (statement) =>
      isHelper(statement, module) &&
      [...statement.binds].every((name) => uses(before, name) > uses(text, name) && uses(text, name) === 1),
  );
  if (unused.length === 0) return text;
  return withoutUnused(
    cut(
      text,
      unused.map(({ node }) => rowsOf(node)),
    ),
    before,
  );
}

/** A fixture that is used by itself serves without being named. */
function isHelper({ node, binds, imports, hasDefinition }: Statement, module: PythonModule): boolean {
  if (binds.size === 0 || (imports.length === 0 && !hasDefinition) || node.text.includes("autouse")) return false;
  return !testsIn(module).some(
    ({ definition: { decorated } }) => decorated.startIndex >= node.startIndex && decorated.endIndex <= node.endIndex,
  );
}

function uses(text: string, name: string): number {
  return [...pythonName(text).matchAll(new RegExp(String.raw`(?<![\p{L}\p{N}_.])${name}(?![\p{L}\p{N}_])`, "gu"))]
    .length;
}
