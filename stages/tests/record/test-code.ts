import type { Target } from "../../python/lib/records.js";
import type { RecordedCall } from "../../../pipeline/contract/sandbox.js";
import { isBuiltinException } from "../../python/lib/builtins.js";
import { parseExpression } from "../../python/lib/literal.js";
import type { SyntaxNode } from "../../python/lib/parser.js";
import { freeName, testName } from "../lib/test-names.js";
import { argumentList, type Call } from "../lib/calls/call.js";

/** A call and what came of it, where that can be asserted. */
export interface Behaviour {
  readonly call: Call;
  readonly result: Exclude<RecordedCall, { type: "unusable" }>;
}

const longestLine = 100;

/** One test function a behaviour, with names that no two share. */
export function testCode({ name }: Target, behaviours: readonly Behaviour[]): string {
  const listed = behaviours.some(({ result }) => result.type === "returned" && result.isIterator);
  const taken = new Set<string>();
  return behaviours
    .map((behaviour) => {
      const written = `${name}(${argumentList(behaviour.call)})`;
      const call = listed ? `list(${written})` : written;
      return [
        `def ${freeName(nameOf(name, behaviour), taken)}():`,
        ...bodyOf(behaviour.result, call).map((line) => (line === "" ? "" : `    ${line}`)),
      ].join("\n");
    })
    .join("\n\n\n");
}

/**
 * Whether an assertion can say that the literal is what came out: pytest compares inexact numbers only where they stand
 * alone or side by side.
 */
export function isAssertable(literal: string): boolean {
  const node = parseExpression(literal);
  if (node === null) return false;
  return !hasInexact(node) || isInexact(node) || isFlat(node);
}

function bodyOf(result: Behaviour["result"], call: string): string[] {
  if (result.type === "raised") {
    const check = [`with pytest.raises(${result.exception}):`, `    ${call}`];
    return isBuiltinException(result.exception)
      ? check
      : [`from ${result.module} import ${result.exception}`, "", ...check];
  }
  const literal = result.literal ?? "None";
  if (/^(?:None|True|False)$/u.test(literal)) return [`assert ${call} is ${literal}`];
  const node = parseExpression(literal);
  const expected = node !== null && hasInexact(node) ? `pytest.approx(${literal})` : literal;
  const line = `assert ${call} == ${expected}`;
  return line.length + 4 <= longestLine ? [line] : [`result = ${call}`, `assert result == ${expected}`];
}

function nameOf(name: string, { call: { label }, result }: Behaviour): string {
  return testName(name, { raises: result.type === "raised" ? result.exception : null, label });
}

function isFlat(node: SyntaxNode): boolean {
  if (node.type === "dictionary") return node.namedChildren.every((pair) => isNumber(pair.childForFieldName("value")));
  return (node.type === "list" || node.type === "tuple") && node.namedChildren.every(isNumber);
}

function isNumber(node: SyntaxNode | null): boolean {
  return (
    node !== null &&
    (node.type === "integer" ||
      isExact(node) ||
      isInexact(node) ||
      (node.type === "unary_operator" && node.namedChild(0)?.type === "integer"))
  );
}

function hasInexact(node: SyntaxNode): boolean {
  return [node, ...node.descendantsOfType("float")].some((part) => part.type === "float" && !isWhole(part.text));
}

function isInexact(node: SyntaxNode): boolean {
  const number = node.type === "unary_operator" ? node.namedChild(0) : node;
  return number?.type === "float" && !isWhole(number.text);
}

function isExact(node: SyntaxNode): boolean {
  const number = node.type === "unary_operator" ? node.namedChild(0) : node;
  return number?.type === "float" && isWhole(number.text);
}

/** 2.0 and 0.5 are the same on every machine; so is what has few binary digits. */
function isWhole(text: string): boolean {
  return Number.isInteger(Number(text) * 8);
}
