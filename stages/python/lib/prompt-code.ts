import { docstringStatement } from "./docstring.js";
import { parsePython, type SyntaxNode } from "./parser.js";
import { type Edit, edited } from "./text-edits.js";

/** The code of a definition without the doctests in its docstrings, nor the headings that nothing follows then. */
export function withoutDoctests(code: string): string {
  if (!code.includes(">>>")) return code;
  const definitions = parsePython(code).rootNode.descendantsOfType(["function_definition", "class_definition"]);
  return edited(
    code,
    definitions.flatMap((definition) => editOf(code, definition) ?? []),
  );
}

function editOf(code: string, definition: SyntaxNode): Edit | null {
  const statement = docstringStatement(definition);
  const literal = statement?.namedChild(0);
  if (!statement || literal?.type !== "string" || !literal.text.includes(">>>")) return null;

  const [, opening = "", body = "", closing = ""] =
    /^(\w*(?:"""|'''|"|'))([\s\S]*?)("""|'''|"|')$/u.exec(literal.text) ?? [];
  const kept = cutDoctests(body);
  if (kept.trim() !== "") return { start: literal.startIndex, end: literal.endIndex, text: opening + kept + closing };

  const following = statement.nextNamedSibling;
  if (following === null) return { start: statement.startIndex, end: statement.endIndex, text: "pass" };
  const lineStart = code.lastIndexOf("\n", statement.startIndex) + 1;
  const lineEnd = code.indexOf("\n", statement.endIndex) + 1;
  const hasOwnLines =
    code.slice(lineStart, statement.startIndex).trim() === "" && code.slice(statement.endIndex, lineEnd).trim() === "";
  if (!hasOwnLines) return { start: statement.startIndex, end: following.startIndex, text: "" };
  return { start: lineStart, end: lineEnd + (/^\n*/u.exec(code.slice(lineEnd))?.[0].length ?? 0), text: "" };
}

/** A docstring's source without its doctests. */
function cutDoctests(body: string): string {
  const lines = body.split("\n");
  // The closing quotes stay on a line of their own where they were.
  const closing =
    lines.length > 1 && (lines.at(-1)?.trim() === "" || !isKept(lines).has(lines.length - 1))
      ? `\n${marginOf(lines)}`
      : "";
  const prose = collapseBlankLines(withoutEmptySections([...isKept(lines)].map((row) => lines[row] ?? "")));
  return prose.join("\n").trimEnd() + closing;
}

/** Rows of the lines that belong to no doctest. An example ends at a blank line, as in the module doctest. */
function isKept(lines: readonly string[]): ReadonlySet<number> {
  const kept = new Set<number>();
  let inExample = false;
  for (const [row, line] of lines.entries()) {
    inExample = /^\s*>>>(?:\s|$)/u.test(line) || (inExample && line.trim() !== "");
    if (!inExample) kept.add(row);
  }
  return kept;
}

const emphasis = String.raw`(?:\*\*|__)?`;
const directive = String.raw`\.\. (?:rubric:: examples?|doctest::|testcode::|code-block::|sourcecode::|code::).*`;
const heading = new RegExp(
  String.raw`^\s*${emphasis}(?:examples?|usage|doctests?|${directive})${emphasis}\s*:{0,2}${emphasis}\s*$`,
  "iu",
);
const underline = /^\s*([-=~^"'*+#])\1{2,}\s*$/u;

/** Headings such as "Examples" go when nothing but another heading, or nothing at all, follows. */
function withoutEmptySections(lines: readonly string[]): string[] {
  const kept = [...lines];
  for (let row = kept.length - 1; row >= 0; row -= 1) {
    if (!heading.test(kept[row] ?? "")) continue;
    const isUnderlined = underline.test(kept[row + 1] ?? "");
    const bodyStart = row + (isUnderlined ? 2 : 1);
    const next = kept.findIndex((line, index) => index >= bodyStart && line.trim() !== "");
    const isEmpty =
      next === -1 ||
      (isUnderlined ? underline.test(kept[next + 1] ?? "") : indentOf(kept[next] ?? "") <= indentOf(kept[row] ?? ""));
    if (isEmpty) kept.splice(row, bodyStart - row);
  }
  return kept;
}

function collapseBlankLines(lines: readonly string[]): string[] {
  return lines.filter((line, row) => line.trim() !== "" || (lines[row - 1] ?? "x").trim() !== "");
}

function marginOf(lines: readonly string[]): string {
  const last = lines.at(-1) ?? "";
  if (last.trim() === "") return last;
  const indents = lines
    .slice(1)
    .filter((line) => line.trim() !== "")
    .map((line) => /^\s*/u.exec(line)?.[0] ?? "");
  return indents.toSorted((a, b) => a.length - b.length)[0] ?? "";
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
