import type { SyntaxNode } from "./parser.js";

/** The source of a node without its indentation. Text inside strings keeps its own, so that no value changes; docstrings move along. */
export function dedentedSource(text: string, node: SyntaxNode): string {
  const source = text.slice(node.startIndex, node.endIndex).trimEnd();
  const indent = indentBefore(text, node.startIndex);
  if (indent === "") return source;
  const kept = linesInsideStrings(node);
  return source.split("\n").map((line, row) => (row > 0 && !kept.has(row) && line.startsWith(indent) ? line.slice(indent.length) : line)).join("\n");
}

/** The def or class line or lines, without the body and the colon. */
export function signatureOf(text: string, definition: SyntaxNode): string {
  const body = definition.childForFieldName("body");
  const colon = definition.children.findLast(({ type, startIndex }) => type === ":" && (body === null || startIndex < body.startIndex));
  const source = text.slice(definition.startIndex, colon?.startIndex ?? definition.endIndex).trimEnd();
  const indent = indentBefore(text, definition.startIndex);
  return source.split("\n").map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join("\n");
}

/** First and last line, 1-based. */
export function linesOf(text: string, node: SyntaxNode): [first: number, last: number] {
  const first = node.startPosition.row + 1;
  return [first, first + text.slice(node.startIndex, node.endIndex).trimEnd().split("\n").length - 1];
}

function indentBefore(text: string, index: number): string {
  const start = text.lastIndexOf("\n", index - 1) + 1;
  return /^[ \t\f]*/u.exec(text.slice(start, index))?.[0] ?? "";
}

/** Rows below the node's first that begin inside a string which is no docstring. */
function linesInsideStrings(node: SyntaxNode): ReadonlySet<number> {
  const rows = new Set<number>();
  for (const literal of node.descendantsOfType("string")) {
    const [start, end] = [literal.startPosition.row, literal.endPosition.row];
    if (start === end || literal.parent?.type === "expression_statement") continue;
    for (let row = start + 1; row <= end; row += 1) rows.add(row - node.startPosition.row);
  }
  return rows;
}
