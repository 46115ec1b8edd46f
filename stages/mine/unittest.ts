import { isLoose } from "../python/literal.js";
import { parsePython, type SyntaxNode } from "../python/parser.js";

/** The source of a unittest method with plain assertions; or the name of the one that has no such form. */
export function plainAssertions(source: string): { readonly source: string } | { readonly unconverted: string } {
  let plain = source;
  const calls = parsePython(source).rootNode.descendantsOfType("call").filter((call) => /^self\.(?:assert|fail)/u.test(nameOf(call)));
  for (const call of calls.toReversed()) {
    const form = plainForm(call);
    if (form === null) return { unconverted: nameOf(call) };
    plain = plain.slice(0, call.startIndex) + form + plain.slice(call.endIndex);
  }
  return { source: plain };
}

function nameOf(call: SyntaxNode): string {
  return call.childForFieldName("function")?.text ?? "";
}

function plainForm(call: SyntaxNode): string | null {
  const method = nameOf(call).slice("self.".length);
  const given = call.childForFieldName("arguments")?.namedChildren.filter(({ type }) => type !== "comment") ?? [];
  if (given.some(({ type }) => /splat|keyword_argument|generator/u.test(type))) return null;
  if (/^assertRaises(?:Regexp?)?$/u.test(method)) return raises(call, method, given);
  const form = forms[method];
  if (form === undefined || call.parent?.type !== "expression_statement" || given.length < form.length || given.length > form.length + 1) return null;
  const message = given.length > form.length ? `, ${given.at(-1)?.text ?? ""}` : "";
  const [a = "", b = ""] = given.map(operand);
  return `assert ${form(a, b)}${message}`;
}

function raises(call: SyntaxNode, method: string, [exception, ...rest]: readonly SyntaxNode[]): string | null {
  if (exception === undefined) return null;
  const isRegex = method !== "assertRaises";
  const head = `pytest.raises(${exception.text}${isRegex ? `, match=${rest[0]?.text ?? ""}` : ""})`;
  const called = isRegex ? rest.slice(1) : rest;
  if (isRegex && rest.length === 0) return null;
  if (called.length === 0) return call.parent?.type === "with_item" ? head : null;
  if (call.parent?.type !== "expression_statement") return null;
  const [callable, ...parameters] = called;
  return `with ${head}: ${operand(callable ?? call)}(${parameters.map(({ text }) => text).join(", ")})`;
}

type Form = ((a: string) => string) | ((a: string, b: string) => string);
const equal = (a: string, b: string) => `${a} == ${b}`;

/** By unittest's names; the number of parameters is the number of operands, and one more is the message. */
const forms: Readonly<Record<string, Form>> = {
  assertTrue: (a: string) => a,
  assertFalse: (a: string) => `not ${a}`,
  assertEqual: equal, assertEquals: equal, assertListEqual: equal, assertTupleEqual: equal, assertDictEqual: equal, assertSetEqual: equal,
  assertSequenceEqual: (a: string, b: string) => `list(${a}) == list(${b})`,
  assertMultiLineEqual: equal,
  assertNotEqual: (a: string, b: string) => `${a} != ${b}`,
  assertIs: (a: string, b: string) => `${a} is ${b}`,
  assertIsNot: (a: string, b: string) => `${a} is not ${b}`,
  assertIsNone: (a: string) => `${a} is None`,
  assertIsNotNone: (a: string) => `${a} is not None`,
  assertIn: (a: string, b: string) => `${a} in ${b}`,
  assertNotIn: (a: string, b: string) => `${a} not in ${b}`,
  assertIsInstance: (a: string, b: string) => `isinstance(${a}, ${b})`,
  assertNotIsInstance: (a: string, b: string) => `not isinstance(${a}, ${b})`,
  assertGreater: (a: string, b: string) => `${a} > ${b}`,
  assertGreaterEqual: (a: string, b: string) => `${a} >= ${b}`,
  assertLess: (a: string, b: string) => `${a} < ${b}`,
  assertLessEqual: (a: string, b: string) => `${a} <= ${b}`,
  assertAlmostEqual: (a: string, b: string) => `round(${a} - ${b}, 7) == 0`,
  assertCountEqual: (a: string, b: string) => `sorted(${a}) == sorted(${b})`,
};

function operand(node: SyntaxNode): string {
  return isLoose(node) ? `(${node.text})` : node.text;
}
