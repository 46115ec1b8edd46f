import { isLiteral } from "../../python/lib/literal.js";
import { compared, primary, standing } from "../../python/lib/operand.js";
import { parsePython, type SyntaxNode } from "../../python/lib/parser.js";
import { indentBefore } from "../../python/lib/source-text.js";
import { unorderedComparison } from "./unordered.js";

/** A test method with plain assertions, and the import statements that they need. */
export interface PlainAssertions {
  readonly source: string;
  readonly imports: readonly string[];
}

/**
 * A test method of unittest with plain assertions that mean the same; or the assertion that has no such form, and why.
 */
export function plainAssertions(source: string): PlainAssertions | { readonly unconverted: string } {
  // What a block has caught is named in the assertions below it: the blocks come first.
  const blocks = rewritten(source, (name) => name in blockForms);
  if ("unconverted" in blocks) return blocks;
  const all = rewritten(blocks.source, () => true);
  return "unconverted" in all ? all : { source: all.source, imports: [...blocks.imports, ...all.imports] };
}

/** With the assertions of these names in their plain form. */
function rewritten(
  source: string,
  isWanted: (name: string) => boolean,
): PlainAssertions | { readonly unconverted: string } {
  const root = parsePython(source).rootNode;
  const calls = root
    .descendantsOfType("call")
    .filter(
      (call) => /^self\.(?:assert|fail|subTest|skipTest|enterContext)/u.test(nameOf(call)) && isWanted(methodOf(call)),
    );
  const edits: Edit[] = [];
  const imports = new Set<string>();
  for (const call of calls) {
    const form = plainForm(call, { source, root });
    if ("reason" in form) return { unconverted: `${nameOf(call)}${form.reason === "" ? "" : `, ${form.reason}`}` };
    edits.push(...form.edits);
    for (const line of form.imports ?? []) imports.add(line);
  }
  const text = edited(source, edits);
  return text === null ? { unconverted: "assertions inside of each other" } : { source: text, imports: [...imports] };
}

interface Edit {
  readonly node: Pick<SyntaxNode, "startIndex" | "endIndex">;
  readonly text: string;
}

type Form = { readonly edits: readonly Edit[]; readonly imports?: readonly string[] } | { readonly reason: string };

/** From the last to the first, so that places stay right; null where one holds another, and so was made without it. */
function edited(source: string, edits: readonly Edit[]): string | null {
  const inOrder = edits.toSorted((a, b) => b.node.startIndex - a.node.startIndex);
  if (inOrder.some(({ node }, index) => index > 0 && node.endIndex > (inOrder[index - 1]?.node.startIndex ?? 0)))
    return null;
  return inOrder.reduce(
    (text, { node, text: other }) => text.slice(0, node.startIndex) + other + text.slice(node.endIndex),
    source,
  );
}

/** The method that a call is of, by its name of today. */
function methodOf(call: SyntaxNode): string {
  const method = nameOf(call).slice("self.".length);
  return formerNames[method] ?? method;
}

interface Text {
  readonly source: string;
  readonly root: SyntaxNode;
}

function nameOf(call: SyntaxNode): string {
  return call.childForFieldName("function")?.text ?? "";
}

function plainForm(call: SyntaxNode, text: Text): Form {
  const name = methodOf(call);
  const list = call.childForFieldName("arguments");
  if (list?.type !== "argument_list") return { reason: "a generator" };
  if (list.descendantsOfType("call").some((inner) => nameOf(inner).startsWith("self.")))
    return { reason: "another call of its object in it" };
  const given = list.namedChildren.filter(({ type }) => type !== "comment");
  const block = blockForms[name];
  if (block !== undefined) return blockForm(call, block, given, text);
  const form = forms[name];
  if (form === undefined) return { reason: "" };
  if (call.parent?.type !== "expression_statement") return { reason: "inside of an expression" };
  const bound = bind(given, [...form.parameters, ...(form.options ?? []), "msg", ...(form.last ?? [])]);
  if (bound === null) return { reason: "arguments that cannot be told" };
  const operands = form.parameters.map((parameter) => bound.get(parameter));
  if (operands.some((operand) => operand === undefined)) return { reason: "arguments that are missing" };
  const made = form.make(operands as SyntaxNode[], bound);
  if (made === null) return { reason: form.otherwise ?? "" };
  const message = bound.get("msg");
  const asserted =
    `assert ${made.test}` + (message === undefined || message.type === "none" ? "" : `, ${standing(message)}`);
  return { edits: [{ node: call, text: asserted }], imports: made.imports ?? [] };
}

/**
 * The arguments by the names of the parameters, positional ones first; null where they cannot be told, or do not fit.
 */
function bind(given: readonly SyntaxNode[], parameters: readonly string[]): Map<string, SyntaxNode> | null {
  const bound = new Map<string, SyntaxNode>();
  for (const [place, argument] of given.entries()) {
    if (/splat/u.test(argument.type)) return null;
    const isNamed = argument.type === "keyword_argument";
    const parameter = isNamed ? argument.childForFieldName("name")?.text : parameters[place];
    const value = isNamed ? argument.childForFieldName("value") : argument;
    if (parameter === undefined || !parameters.includes(parameter) || bound.has(parameter) || value === null)
      return null;
    bound.set(parameter, value);
  }
  return bound;
}

interface AssertForm {
  readonly parameters: readonly string[];
  /** Parameters that may be left out, in the order of the signature, before the message. */
  readonly options?: readonly string[];
  /** Parameters that come after the message. */
  readonly last?: readonly string[];
  /** null where it cannot be shown to mean the same. */
  readonly make: (
    operands: readonly SyntaxNode[],
    bound: ReadonlyMap<string, SyntaxNode>,
  ) => { readonly test: string; readonly imports?: readonly string[] } | null;
  /** Why it may not mean the same. */
  readonly otherwise?: string;
}

function one(parameter: string, write: (a: SyntaxNode) => string): AssertForm {
  return { parameters: [parameter], make: ([a]) => ({ test: write(a as SyntaxNode) }) };
}

function two(parameters: readonly [string, string], write: (a: SyntaxNode, b: SyntaxNode) => string): AssertForm {
  return { parameters, make: ([a, b]) => ({ test: write(a as SyntaxNode, b as SyntaxNode) }) };
}

const operator = (symbol: string, ...parameters: [string, string]) =>
  two(parameters, (a, b) => `${compared(a)} ${symbol} ${compared(b)}`);
const regex = (not: string, ...parameters: [string, string]): AssertForm => ({
  parameters,
  make: ([text, pattern]) => ({
    test: `${not}re.search(${pattern?.text ?? ""}, ${text?.text ?? ""})`,
    imports: ["import re"],
  }),
});

/** By unittest's names, with the parameters of its documentation. */
const forms: Readonly<Record<string, AssertForm>> = {
  assertTrue: one("expr", standing),
  assertFalse: one("expr", (a) => `not ${compared(a)}`),
  assertEqual: operator("==", "first", "second"),
  assertNotEqual: operator("!=", "first", "second"),
  assertListEqual: operator("==", "list1", "list2"),
  assertTupleEqual: operator("==", "tuple1", "tuple2"),
  assertSetEqual: operator("==", "set1", "set2"),
  assertDictEqual: operator("==", "d1", "d2"),
  assertMultiLineEqual: operator("==", "first", "second"),
  assertSequenceEqual: two(["seq1", "seq2"], (a, b) => `list(${a.text}) == list(${b.text})`),
  assertIs: operator("is", "expr1", "expr2"),
  assertIsNot: operator("is not", "expr1", "expr2"),
  assertIsNone: one("obj", (a) => `${compared(a)} is None`),
  assertIsNotNone: one("obj", (a) => `${compared(a)} is not None`),
  assertIn: operator("in", "member", "container"),
  assertNotIn: operator("not in", "member", "container"),
  assertIsInstance: two(["obj", "cls"], (a, b) => `isinstance(${a.text}, ${b.text})`),
  assertNotIsInstance: two(["obj", "cls"], (a, b) => `not isinstance(${a.text}, ${b.text})`),
  assertGreater: operator(">", "a", "b"),
  assertGreaterEqual: operator(">=", "a", "b"),
  assertLess: operator("<", "a", "b"),
  assertLessEqual: operator("<=", "a", "b"),
  assertRegex: regex("", "text", "expected_regex"),
  assertNotRegex: regex("not ", "text", "unexpected_regex"),
  assertAlmostEqual: almost({ isEqual: true }),
  assertNotAlmostEqual: almost({ isEqual: false }),
  assertCountEqual: {
    parameters: ["first", "second"],
    make: ([a, b]) => (a === undefined || b === undefined ? null : unorderedComparison(a, b)),
    otherwise: "of values that may have no order",
  },
  // The views are compared as sets, the values by equality alone.
  assertDictContainsSubset: two(["subset", "dictionary"], (a, b) => `${primary(a)}.items() <= ${primary(b)}.items()`),
};

/** `places` and `delta` are the third parameter and the last; `msg` stands between. */
function almost({ isEqual }: { readonly isEqual: boolean }): AssertForm {
  return {
    parameters: ["first", "second"],
    options: ["places"],
    last: ["delta"],
    make([a, b], bound) {
      if (a === undefined || b === undefined) return null;
      const given = (name: string) => (bound.get(name)?.type === "none" ? undefined : bound.get(name));
      return { test: almostEqual(a, b, { places: given("places"), delta: given("delta"), isEqual }) };
    },
  };
}

function almostEqual(
  a: SyntaxNode,
  b: SyntaxNode,
  {
    places,
    delta,
    isEqual,
  }: { readonly places: SyntaxNode | undefined; readonly delta: SyntaxNode | undefined; readonly isEqual: boolean },
): string {
  const tolerance =
    delta === undefined ? roundedAway(places) : /^(?:integer|float)$/u.test(delta.type) ? delta.text : null;
  if (tolerance !== null) {
    const [actual, expected] = isLiteral(a) && !isLiteral(b) ? [b, a] : [a, b];
    return `${compared(actual)} ${isEqual ? "==" : "!="} pytest.approx(${expected.text}, rel=0, abs=${tolerance})`;
  }
  const difference = `abs(${primary(a)} - ${primary(b)})`;
  if (delta !== undefined) return `${difference} ${isEqual ? "<=" : ">"} ${compared(delta)}`;
  return `round(${difference}, ${places?.text ?? ""}) ${isEqual ? "==" : "!="} 0`;
}

/**
 * The largest difference that is rounded to nothing at so many places, 7 unless told; null where it is no plain number.
 */
function roundedAway(places: SyntaxNode | undefined): string | null {
  if (places === undefined) return "5e-08";
  if (!/^\d{1,3}$/u.test(places.text)) return null;
  const count = Number(places.text);
  return count < 4 ? `0.${"0".repeat(count)}5` : `5e-${String(count + 1).padStart(2, "0")}`;
}

interface BlockForm {
  readonly block: "raises" | "warns";
  readonly hasPattern: boolean;
}

const blockForms: Readonly<Record<string, BlockForm>> = {
  assertRaises: { block: "raises", hasPattern: false },
  assertRaisesRegex: { block: "raises", hasPattern: true },
  assertWarns: { block: "warns", hasPattern: false },
  assertWarnsRegex: { block: "warns", hasPattern: true },
};

/** What expects an exception or a warning of a block, or of a call. */
function blockForm(call: SyntaxNode, { block, hasPattern }: BlockForm, given: readonly SyntaxNode[], text: Text): Form {
  const heads = given.slice(0, hasPattern ? 2 : 1);
  if (heads.length < (hasPattern ? 2 : 1) || heads.some(({ type }) => /splat|keyword/u.test(type)))
    return { reason: "arguments that cannot be told" };
  const [expected, pattern] = heads;
  const head = `pytest.${block}(${expected?.text ?? ""}${pattern === undefined ? "" : `, match=${pattern.text}`})`;
  const [callable, ...parameters] = given.slice(heads.length);
  const isBlock =
    callable === undefined ||
    (given.length === heads.length + 1 &&
      callable.type === "keyword_argument" &&
      callable.childForFieldName("name")?.text === "msg");
  if (isBlock) return contextForm(call, head, block, text);
  if (/splat|keyword/u.test(callable.type) || callable.type === "none")
    return { reason: "arguments that cannot be told" };
  const statement = call.parent;
  const indent = indentBefore(text.source, call.startIndex);
  const isAlone =
    statement?.type === "expression_statement" &&
    statement.parent?.type === "block" &&
    text.source.slice(0, call.startIndex).split("\n").at(-1) === indent &&
    !statement.parent.children.some((other) => other.type === ";" && other.startPosition.row === call.endPosition.row);
  if (!isAlone) return { reason: "beside something else" };
  const called =
    callable.type === "lambda" && callable.childForFieldName("parameters") === null && parameters.length === 0
      ? standing(callable.childForFieldName("body") ?? callable)
      : `${primary(callable)}(${parameters.map(({ text }) => text).join(", ")})`;
  return { edits: [{ node: call, text: `with ${head}:\n${indent}    ${called}` }] };
}

function contextForm(call: SyntaxNode, head: string, block: BlockForm["block"], { root }: Text): Form {
  if (call.parent?.type === "with_item") return { edits: [{ node: call, text: head }] };
  const isNamed = call.parent?.type === "as_pattern" && call.parent.parent?.type === "with_item";
  const name = isNamed ? call.parent?.children.find(({ type }) => type === "as_pattern_target")?.text : undefined;
  if (name === undefined) return { reason: "outside of a with statement" };
  if (block === "warns") return { reason: "whose context is used" };
  const uses = root
    .descendantsOfType("identifier")
    .filter((node) => node.text === name && node.parent?.type !== "as_pattern_target");
  const exceptions = uses.map((use) =>
    use.parent?.type === "attribute" && use.parent.childForFieldName("object")?.id === use.id
      ? use.parent.childForFieldName("attribute")
      : null,
  );
  if (exceptions.some((attribute) => attribute?.text !== "exception")) return { reason: "whose context is used" };
  // Several blocks may share a name: each of them would change every use.
  const isFirst =
    root.descendantsOfType("as_pattern_target").find(({ text }) => text === name)?.parent?.id === call.parent?.id;
  const renamed = isFirst
    ? exceptions.flatMap((attribute) => (attribute === null ? [] : [{ node: attribute, text: "value" }]))
    : [];
  return { edits: [{ node: call, text: head }, ...renamed] };
}

/** Names of before Python 3.12. */
const formerNames: Readonly<Record<string, string>> = {
  assert_: "assertTrue",
  assertEquals: "assertEqual",
  assertNotEquals: "assertNotEqual",
  assertAlmostEquals: "assertAlmostEqual",
  assertNotAlmostEquals: "assertNotAlmostEqual",
  assertRegexpMatches: "assertRegex",
  assertNotRegexpMatches: "assertNotRegex",
  assertRaisesRegexp: "assertRaisesRegex",
  assertItemsEqual: "assertCountEqual",
  failUnless: "assertTrue",
  failIf: "assertFalse",
  failUnlessEqual: "assertEqual",
  failIfEqual: "assertNotEqual",
  failUnlessAlmostEqual: "assertAlmostEqual",
  failIfAlmostEqual: "assertNotAlmostEqual",
  failUnlessRaises: "assertRaises",
};
