import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import { isBuiltinException } from "../../python/lib/builtins.js";
import type { DoctestExample } from "../../python/lib/doctest.js";
import { isLiteral, isLoose, parseExpression } from "../../python/lib/literal.js";
import { parsePython, type SyntaxNode } from "../../python/lib/parser.js";
import { indented } from "../../python/lib/source-text.js";
import { quoteString } from "../../python/lib/string-literal.js";
import { isSilent, showingValues } from "./displayed.js";

/** An example as statements of a test function. */
export interface Assertion {
  readonly lines: readonly string[];
  readonly asserts: boolean;
  readonly needsCapsys: boolean;
  /** It may print what nothing compares: what is printed later is compared without that. */
  readonly printsUnseen: boolean;
  readonly imports: readonly string[];
  /** The exception that is expected, as the docstring writes it. */
  readonly raises: string | null;
}

/** An example that cannot become an assertion, with the reason. */
export class Inconvertible {
  /**
   * `run`: it may still run, unchecked, for what it does to the variables; `leave out`: it may not; `give up`: nothing
   * around it can be trusted either.
   */
  readonly reason: Reason;

  /** @param what its kind, as the code of the reason names it after "doctest-" */
  constructor(
    what: string,
    detail: string,
    readonly remedy: "run" | "leave out" | "give up",
  ) {
    this.reason = reason(`doctest-${what}`, `doctest: ${detail}`);
  }
}

/** How an example is read. */
export interface Reading {
  /**
   * `values`: what reads as a value is compared as one, which is how a test is written; `shown`: what is shown is
   * compared, as doctest does.
   */
  readonly compare: "values" | "shown";
  /** Whether a call answers nothing, so that nothing is shown of it but what it prints. */
  readonly answersNothing: (call: SyntaxNode) => boolean;
}

/** Longest message of an exception that a test insists on. */
const longestMessage = 100;

/** The statements that say what the example says. */
export function assertionOf(example: DoctestExample, reading: Reading): Assertion | Inconvertible {
  const { source, want, flags } = example;
  if (flags.get("SKIP") === true) return new Inconvertible("skipped", "skipped by its author", "leave out");
  if (parsePython(source).rootNode.hasError) return new Inconvertible("syntax", "not valid Python", "give up");
  if (want === "") return unchecked(example);
  if (/^Traceback \((?:most recent call last|innermost last)\):/u.test(want)) return expectedException(example);

  const unknown = [...flags].find(([name, on]) => on && !understoodFlags.has(name));
  if (unknown !== undefined) return new Inconvertible("flag", `flag that has no counterpart: ${unknown[0]}`, "run");
  if (/\bat 0x[0-9a-fA-F]+/u.test(want)) return new Inconvertible("address", "output with an address", "run");
  const value = parseExpression(want);
  const isConstant = value !== null && isLiteral(value);
  // Packages may switch ELLIPSIS on for all their doctests.
  if (want.includes("...") && (flags.get("ELLIPSIS") === true || !isConstant))
    return new Inconvertible("ellipsis", "output with an ellipsis", "run");

  const expression = parseExpression(source);
  if (expression === null || reading.compare === "shown") return expectedOutput(example, reading);
  const printed = expectedPrint(expression, example, reading);
  if (printed !== null) return printed;
  if (isSilent(expression, reading.answersNothing)) return expectedOutput(example, reading);
  return isConstant ? expectedValue(expression, value) : expectedText(expression, example, reading);
}

/** An example as it stands, for what it does. */
export function unchecked({ source, want }: DoctestExample): Assertion {
  const asserts = parsePython(source).rootNode.descendantsOfType("assert_statement").length > 0;
  return { ...plain, lines: source.split("\n"), asserts, printsUnseen: want !== "" };
}

const plain = { asserts: true, needsCapsys: false, printsUnseen: false, imports: [], raises: null };

const understoodFlags: ReadonlySet<string> = new Set([
  "ELLIPSIS",
  "NORMALIZE_WHITESPACE",
  "IGNORE_EXCEPTION_DETAIL",
  "DONT_ACCEPT_TRUE_FOR_1",
  "DONT_ACCEPT_BLANKLINE",
  "REPORT_UDIFF",
  "REPORT_CDIFF",
  "REPORT_NDIFF",
  "REPORT_ONLY_FIRST_FAILURE",
  "FAIL_FAST",
  "ALLOW_UNICODE",
  "ALLOW_BYTES",
]);

/** `>>> f(x)` and a literal. */
function expectedValue(expression: SyntaxNode, value: SyntaxNode): Assertion {
  if (value.type === "true" || value.type === "false") return assertion(truth(expression, value.type === "true"));
  if (value.type === "none") return assertion(`assert ${inParentheses(expression)} is None`);
  return assertion(`assert ${inParentheses(expression)} == ${value.text.replaceAll(/\s*\n\s*/gu, " ")}`);
}

/**
 * Operators that answer a bool whatever they are given read as they are spoken; anything else must be True or False
 * itself.
 */
function truth(expression: SyntaxNode, expected: boolean): string {
  const isMembership =
    expression.type === "comparison_operator" &&
    expression.childCount === 3 &&
    /^(?:not )?in$|^is(?: not)?$/u.test(expression.child(1)?.type ?? "");
  if (isMembership) return expected ? `assert ${expression.text}` : `assert not (${expression.text})`;
  return `assert ${inParentheses(expression)} is ${expected ? "True" : "False"}`;
}

/** `>>> print(x)`: what print shows of one value is its `str`. */
function expectedPrint(expression: SyntaxNode, example: DoctestExample, reading: Reading): Assertion | null {
  const name = expression.type === "call" ? (expression.childForFieldName("function")?.text ?? "") : "";
  if (!/^(?:print|(?:pprint\.)?(?:pprint|pp))$/u.test(name)) return null;
  const printed =
    expression.childForFieldName("arguments")?.namedChildren.filter(({ type }) => type !== "comment") ?? [];
  const [value] = printed;
  const isPlain =
    name === "print" &&
    printed.length === 1 &&
    value !== undefined &&
    !/splat|keyword_argument|generator/u.test(value.type);
  return isPlain
    ? assertion(comparison(`str(${value.text})`, shownText(example), example))
    : expectedOutput(example, reading);
}

/** A `repr` that is no literal; or, where it does not read as one, what the call printed. */
function expectedText(expression: SyntaxNode, example: DoctestExample, reading: Reading): Assertion {
  const readsAsRepr = /^<.*>$/su.test(example.want) || parseExpression(example.want) !== null;
  if (expression.type === "call" && !readsAsRepr) return expectedOutput(example, reading);
  return assertion(comparison(`repr(${expression.text})`, shownText(example), example));
}

/** What the example prints, and what Python shows of the values of its statements. */
function expectedOutput(example: DoctestExample, { answersNothing }: Reading): Assertion {
  const shown = showingValues(example.source, answersNothing);
  const check = comparison("capsys.readouterr().out", `${shownText(example)}\n`, example);
  return {
    ...plain,
    lines: [...shown.source.split("\n"), ...check.split("\n")],
    needsCapsys: true,
    imports: shown.isChanged ? ["import sys"] : [],
  };
}

function expectedException({ source, want, flags }: DoctestExample): Assertion | Inconvertible {
  const message = want
    .split("\n")
    .slice(1)
    .findIndex((line) => /^[\p{L}\p{N}_]/u.test(line));
  const [first = ""] = message === -1 ? [] : want.split("\n").slice(message + 1);
  const [, name = "", detail = ""] = /^([\p{L}\p{N}_.]+)(?::\s*(.*))?$/u.exec(first) ?? [];
  if (name === "") return new Inconvertible("unnamed-exception", "exception without a name", "give up");
  // Packages may switch ELLIPSIS on for all their doctests.
  const isWeak = flags.get("IGNORE_EXCEPTION_DETAIL") === true || detail.includes("...");
  const match = isWeak || detail === "" || detail.length > longestMessage ? "" : `, match=${pattern(detail)}`;
  const exception = isBuiltinException(name) ? name : (name.split(".").at(-1) ?? name);
  return { ...plain, lines: [`with pytest.raises(${exception}${match}):`, ...indented(source)], raises: name };
}

/** A regular expression that finds the text, as Python source. */
function pattern(text: string): string {
  const escaped = text.replaceAll(/[\\^$.|?*+()[\]{}]/gu, String.raw`\$&`);
  const quoted = quoteString(escaped);
  const isRawSafe =
    escaped.includes("\\") &&
    !escaped.includes('"') &&
    quoteString(escaped.replaceAll("\\", "")).length === escaped.replaceAll("\\", "").length + 2;
  return isRawSafe ? `r"${escaped}"` : quoted;
}

function comparison(actual: string, text: string, { flags }: DoctestExample): string {
  if (flags.get("NORMALIZE_WHITESPACE") === true)
    return `assert ${actual}.split() == ${quoteString(text.trim())}.split()`;
  const lines = text.split(/(?<=\n)/u);
  if (lines.length === 1) return `assert ${actual} == ${quoteString(text)}`;
  return [`assert ${actual} == (`, ...lines.map((line) => `    ${quoteString(line)}`), ")"].join("\n");
}

function shownText({ want, flags }: DoctestExample): string {
  return flags.get("DONT_ACCEPT_BLANKLINE") === true ? want : want.replaceAll(/^<BLANKLINE>$/gmu, "");
}

function inParentheses(expression: SyntaxNode): string {
  return isLoose(expression) ? `(${expression.text})` : expression.text;
}

function assertion(statement: string): Assertion {
  return { ...plain, lines: statement.split("\n") };
}
