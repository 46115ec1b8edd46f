import { parsePython, type SyntaxNode } from "./parser.js";

/**
 * The source of a node without its indentation. Text inside strings keeps its own, so that no value changes; docstrings
 * move along.
 */
export function dedentedSource(text: string, node: SyntaxNode): string {
  const source = sourceOf(text, node);
  const indent = indentBefore(text, node.startIndex);
  if (indent === "") return source;
  const kept = mayHoldLongStrings(source) ? linesInsideStrings(node) : new Set<number>();
  return source
    .split("\n")
    .map((line, row) => (row > 0 && !kept.has(row) && line.startsWith(indent) ? line.slice(indent.length) : line))
    .join("\n");
}

/** The def or class line or lines, without the body and the colon. */
export function signatureOf(text: string, definition: SyntaxNode): string {
  const body = definition.childForFieldName("body");
  const header = text.slice(definition.startIndex, body?.startIndex ?? definition.endIndex);
  const indent = indentBefore(text, definition.startIndex);
  const signature = header.replace(/\s*:(?:\s|#[^\n]*\n)*$/u, "");
  return signature
    .split("\n")
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    .join("\n");
}

/**
 * The lines of a piece of code, moved in by one level, but for those that begin inside a string, whose value that would
 * change.
 */
export function indented(code: string): string[] {
  const inside = rowsInsideStrings(parsePython(code).rootNode);
  return code.split("\n").map((line, row) => (line === "" || inside.has(row) ? line : `    ${line}`));
}

/** Rows of a text that begin inside of a string: what stands there is its value. */
export function rowsInsideStrings(root: SyntaxNode): ReadonlySet<number> {
  const rows = new Set<number>();
  for (const { startPosition, endPosition } of root.descendantsOfType("string")) {
    for (let row = startPosition.row + 1; row <= endPosition.row; row += 1) rows.add(row);
  }
  return rows;
}

/** First and last line, 1-based. */
export function linesOf(text: string, node: SyntaxNode): [first: number, last: number] {
  const first = node.startPosition.row + 1;
  return [first, first + sourceOf(text, node).split("\n").length - 1];
}

/** The source of a statement as it is written, from where it begins; comments below its block are not part of it. */
export function statementSource(text: string, node: SyntaxNode): string {
  return sourceOf(text, node);
}

/** A comment after the last statement of a block counts as part of the block for the grammar, but not for Python. */
function sourceOf(text: string, node: SyntaxNode, end = node.endIndex): string {
  const source = text.slice(node.startIndex, end).trimEnd();
  const start = source.lastIndexOf("\n") + 1;
  const hash = source.slice(start).search(/\S/u) + start;
  if (start === 0 || source[hash] !== "#") return source;
  const last = node.descendantForIndex(node.startIndex + hash);
  return last.type === "comment" ? sourceOf(text, node, last.startIndex) : source;
}

/** The white space that the line of a place begins with. */
export function indentBefore(text: string, index: number): string {
  const start = text.lastIndexOf("\n", index - 1) + 1;
  return /^[ \t\f]*/u.exec(text.slice(start, index))?.[0] ?? "";
}

/** More than the quotes of one docstring, or a line that goes on in the next. */
function mayHoldLongStrings(source: string): boolean {
  return source.includes("\\\n") || (source.match(/"""|'''/gu)?.length ?? 0) > 2;
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
