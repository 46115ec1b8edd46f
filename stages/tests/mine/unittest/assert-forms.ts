import { isLiteral } from "../../../python/lib/literal.js";
import { compared, primary, standing } from "../../../python/lib/operand.js";
import type { SyntaxNode } from "../../../python/lib/parser.js";
import { unorderedComparison } from "../unordered.js";

/** How one assertion of unittest is written with `assert`. */
export interface AssertForm {
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

/** By unittest's names, with the parameters of its documentation. */
export const assertForms: Readonly<Record<string, AssertForm>> = {
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

function one(parameter: string, write: (a: SyntaxNode) => string): AssertForm {
  return { parameters: [parameter], make: ([a]) => ({ test: write(a as SyntaxNode) }) };
}

function two(parameters: readonly [string, string], write: (a: SyntaxNode, b: SyntaxNode) => string): AssertForm {
  return { parameters, make: ([a, b]) => ({ test: write(a as SyntaxNode, b as SyntaxNode) }) };
}

function operator(symbol: string, ...parameters: [string, string]): AssertForm {
  return two(parameters, (a, b) => `${compared(a)} ${symbol} ${compared(b)}`);
}

function regex(not: string, ...parameters: [string, string]): AssertForm {
  return {
    parameters,
    make: ([text, pattern]) => ({
      test: `${not}re.search(${pattern?.text ?? ""}, ${text?.text ?? ""})`,
      imports: ["import re"],
    }),
  };
}

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
