import { isLoose, parseExpression } from "./literal.js";
import type { SyntaxNode } from "./parser.js";

/**
 * The text of an expression where it stands by itself in a line, as after `assert`: in brackets where its lines or its
 * commas ask for them.
 */
export function standing(node: SyntaxNode): string {
  return needsBrackets(node) || node.type === "lambda" ? `(${node.text})` : node.text;
}

/** The text of an expression beside `==`, `in`, `not` and the like. */
export function compared(node: SyntaxNode): string {
  return isLoose(node) ? `(${node.text})` : standing(node);
}

/** The text of an expression beside an arithmetic operator, or before a bracket or a dot. */
export function primary(node: SyntaxNode): string {
  return primaryTypes.has(node.type) ? standing(node) : `(${node.text})`;
}

const primaryTypes: ReadonlySet<string> = new Set([
  "identifier",
  "integer",
  "float",
  "string",
  "call",
  "attribute",
  "subscript",
  "tuple",
  "list",
  "dictionary",
  "set",
  "parenthesized_expression",
]);

/** What is one expression between the brackets of a call need not be one between line ends. */
function needsBrackets(node: SyntaxNode): boolean {
  return parseExpression(node.text)?.text !== node.text;
}
