import { pythonName } from "../../python/lib/identifier.js";
import type { Definition } from "../../python/lib/module.js";
import type { SyntaxNode } from "../../python/lib/parser.js";
import { type LeftOut, leftOut } from "./left-out.js";
import type { TestModule } from "../lib/test-module.js";

/** What is done before a test of a file without being named by it. */
export class SetUp {
  /** Fixtures of the file that serve every test of it; they can be taken along. */
  readonly #fixtures: readonly string[];
  /** Why no test of the file can be had by itself; null where nothing keeps it from that. */
  readonly #reason: string | null;

  /** @param conftests those of the folders around the file, nearest first */
  constructor(file: TestModule, conftests: readonly TestModule[]) {
    this.#fixtures = autouseIn(file).map(nameOf);
    this.#reason =
      marked(file) ??
      calledByName(file) ??
      conftests.map((conftest) => inConftest(conftest, file)).find((reason) => reason !== null) ??
      null;
  }

  /** The fixtures that come along with a test, or why it cannot come without what is done before it. */
  of({ parent }: Definition): { readonly fixtures: readonly string[] } | LeftOut {
    const reason = this.#reason ?? (parent === null ? null : ofClass(parent));
    return reason === null ? { fixtures: this.#fixtures } : leftOut("set-up", `set-up: ${reason}`);
  }
}

/** Whether a top-level statement defines a fixture of pytest, by whatever name pytest goes in the file. */
export function isFixture(node: SyntaxNode): boolean {
  return decoratorsOf(node).some((text) => /^@\s*(?:[^\s().]+\.)?fixture\b/u.test(text));
}

function decoratorsOf(node: SyntaxNode): string[] {
  return node.type === "decorated_definition"
    ? node.namedChildren.filter(({ type }) => type === "decorator").map(({ text }) => text)
    : [];
}

/** Whether a class is one of unittest's, by what it inherits from. */
export function isUnittest(group: Definition | null): boolean {
  return group !== null && basesOf(group).some((base) => /(?:^|\.)(?:IsolatedAsyncio)?TestCase$/u.test(base));
}

/** Names of plain parameters. */
export function parametersIn(node: SyntaxNode): string[] {
  const list = node.childForFieldName("parameters")?.namedChildren ?? [];
  return list
    .filter(({ type }) => type === "identifier" || type === "typed_parameter")
    .map((parameter) => pythonName(parameter.firstNamedChild?.text ?? parameter.text));
}

const atModule = [
  "setup_module",
  "setup_function",
  "teardown_module",
  "teardown_function",
  "setUpModule",
  "tearDownModule",
  "setup",
  "teardown",
  "pytest_plugins",
  "load_tests",
];
const inClass: ReadonlySet<string> = new Set([
  "setUp",
  "tearDown",
  "setUpClass",
  "tearDownClass",
  "asyncSetUp",
  "asyncTearDown",
  "setup_method",
  "teardown_method",
  "setup_class",
  "teardown_class",
  "setup",
  "teardown",
  "run",
  "__init__",
  "__new__",
]);

function calledByName(file: TestModule): string | null {
  return atModule.find((name) => file.binders(name).length > 0) ?? null;
}

/** Marks of a whole file change how its tests run. */
function marked(file: TestModule): string | null {
  const marks = file
    .binders("pytestmark")
    .map(({ node }) => node.text)
    .join("\n");
  return /\b(?:usefixtures|skip|skipif|xfail|parametrize)\b/u.test(marks)
    ? `pytestmark, ${/\b(?:usefixtures|skip|skipif|xfail|parametrize)\b/u.exec(marks)?.[0] ?? ""}`
    : null;
}

function ofClass(group: Definition): string | null {
  const unknown = basesOf(group).find((base) => !/^(?:object|(?:unittest\.)?TestCase)$/u.test(base));
  if (unknown !== undefined) return `${group.name} inherits from ${unknown}`;
  if (group.decorators.length > 0) return `${group.name} has a decorator`;
  for (const member of group.node.childForFieldName("body")?.namedChildren ?? []) {
    const definition =
      member.type === "decorated_definition" ? (member.childForFieldName("definition") ?? member) : member;
    const name = definition.childForFieldName("name")?.text ?? "";
    if (definition.type === "function_definition" && inClass.has(name) && !setsOwnState(definition))
      return `${name} of ${group.name}`;
    if (isAutouse(member)) return `fixture ${name} of ${group.name}`;
    if (definition.type === "function_definition" && /^assert[A-Z]/u.test(name))
      return `${group.name} has an ${name} of its own`;
    if (/^pytestmark\b/u.test(member.text)) return `marks of ${group.name}`;
  }
  return null;
}

/** Whether a method does nothing but give its object, or class, what only tests that use that can see. */
function setsOwnState(method: SyntaxNode): boolean {
  const statements = method.childForFieldName("body")?.namedChildren.filter(({ type }) => type !== "comment") ?? [];
  return statements.every(
    (statement) =>
      /^(?:pass|super\(\)\.\w+\(\)|del (?:self|cls)\.\w+)$/u.test(statement.text) ||
      isText(statement) ||
      isOwn(statement),
  );
}

/** `self.graph = …`, `graph = …`, `self.graph.add_edge(…)`. */
function isOwn({ type, firstNamedChild: expression }: SyntaxNode): boolean {
  if (type !== "expression_statement" || expression === null) return false;
  if (expression.type === "assignment")
    return /^(?:(?:self|cls)\.)?\w+$/u.test(expression.childForFieldName("left")?.text ?? "");
  const called = expression.type === "call" ? (expression.childForFieldName("function")?.text ?? "") : "";
  return /^(?:(?:self|cls)\.)?\w+\.(?:add\w*|append|extend|insert|update|sort|reverse|remove\w*)$/u.test(called);
}

function basesOf({ node }: Definition): string[] {
  const list = node.childForFieldName("superclasses")?.namedChildren ?? [];
  return list.filter(({ type }) => type !== "comment").map(({ text }) => text);
}

/** What a conftest.py does for every test below its folder: its autouse fixtures, and its hooks around the tests. */
function inConftest(conftest: TestModule, file: TestModule): string | null {
  const path = conftest.file.source?.path ?? "conftest.py";
  const fixture = autouseIn(conftest).find((node) => file.binders(nameOf(node)).length === 0);
  if (fixture !== undefined) return `fixture ${nameOf(fixture)} of ${path}`;
  const hook = hooks.find((name) => conftest.binders(name).length > 0);
  return hook === undefined ? null : `${hook} of ${path}`;
}

const hooks = [
  "pytest_runtest_setup",
  "pytest_runtest_call",
  "pytest_runtest_protocol",
  "pytest_pyfunc_call",
  "pytest_fixture_setup",
];

/** Autouse fixtures of the top level, but for those that do nothing for a test. */
function autouseIn({ module }: TestModule): SyntaxNode[] {
  return module.statements
    .map(({ node }) => node)
    .filter((node) => isAutouse(node) && !isIdle(node.childForFieldName("definition") ?? node));
}

/** A fixture that adds names for doctests, or says which warnings are not shown. */
function isIdle(fixture: SyntaxNode): boolean {
  if (parametersIn(fixture).includes("doctest_namespace")) return true;
  const statements = fixture.childForFieldName("body")?.namedChildren.filter(({ type }) => type !== "comment") ?? [];
  return statements.every(
    (statement) =>
      /^(?:import warnings|pass|yield)$/u.test(statement.text) ||
      isText(statement) ||
      /^warnings\.(?:filterwarnings|simplefilter)\(/u.test(statement.text),
  );
}

function isText(statement: SyntaxNode): boolean {
  return statement.type === "expression_statement" && statement.firstNamedChild?.type === "string";
}

function isAutouse(node: SyntaxNode): boolean {
  return isFixture(node) && decoratorsOf(node).some((text) => /\bautouse\s*=\s*(?!False\b)/u.test(text));
}

function nameOf(node: SyntaxNode): string {
  return pythonName(node.childForFieldName("definition")?.childForFieldName("name")?.text ?? "");
}
