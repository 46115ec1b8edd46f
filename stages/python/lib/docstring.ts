import { type CharacterNames, noCharacterNames } from "./character-names.js";
import type { SyntaxNode } from "./parser.js";
import { stringValue } from "./string-literal.js";

/** The statement that holds the docstring of a function or class; null where it has none. */
export function docstringStatement(definition: SyntaxNode): SyntaxNode | null {
  const statement = definition.childForFieldName("body")?.namedChildren.find(({ type }) => type !== "comment");
  const literal =
    statement?.type === "expression_statement" && statement.namedChildCount === 1 ? statement.namedChild(0) : null;
  const isString = literal?.type === "string" || literal?.type === "concatenated_string";
  return statement !== undefined && isString && stringValue(literal) !== null ? statement : null;
}

/** The docstring's value, dedented as `inspect.cleandoc` does; `named` are the characters that it may name. */
export function docstringOf(definition: SyntaxNode, named: CharacterNames = noCharacterNames): string | null {
  const literal = docstringStatement(definition)?.namedChild(0);
  const value = literal ? stringValue(literal, named) : null;
  return value === null ? null : cleandoc(value);
}

/**
 * As Python's `inspect.cleandoc`: the margin of the second and later lines goes, and so do blank lines at both ends.
 */
function cleandoc(docstring: string): string {
  const [first = "", ...rest] = expandTabs(docstring).split("\n");
  const margins = rest.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const margin = margins.length === 0 ? 0 : Math.min(...margins);
  const lines = [first.trimStart(), ...rest.map((line) => line.slice(margin))];
  while (lines.at(-1) === "") lines.pop();
  while (lines[0] === "") lines.shift();
  return lines.join("\n");
}

function expandTabs(text: string): string {
  if (!text.includes("\t")) return text;
  return text
    .split("\n")
    .map((line) => {
      let expanded = "";
      for (const character of line) expanded += character === "\t" ? " ".repeat(8 - (expanded.length % 8)) : character;
      return expanded;
    })
    .join("\n");
}
