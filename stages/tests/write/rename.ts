import { parsePython, type SyntaxNode } from "../../python/lib/parser.js";

/** Python source with names replaced wherever they stand for a variable, a function, a class or a parameter. */
export function renamed(source: string, names: ReadonlyMap<string, string>): string {
  if (names.size === 0) return source;
  const found = parsePython(source)
    .rootNode.descendantsOfType("identifier")
    .filter((node) => names.has(node.text) && !isLabel(node));
  return found
    .toReversed()
    .reduce(
      (text, { text: name, startIndex, endIndex }) =>
        text.slice(0, startIndex) + (names.get(name) ?? name) + text.slice(endIndex),
      source,
    );
}

/** The name of an attribute or of a keyword argument belongs to someone else. */
function isLabel({ parent, id }: SyntaxNode): boolean {
  const field = parent?.type === "attribute" ? "attribute" : parent?.type === "keyword_argument" ? "name" : null;
  return field !== null && parent?.childForFieldName(field)?.id === id;
}
