import { isLabel } from "../../python/lib/nodes.js";
import { parsePython } from "../../python/lib/parser.js";
import { edited } from "../../python/lib/text-edits.js";

/** Python source with names replaced wherever they stand for a variable, a function, a class or a parameter. */
export function renamed(source: string, names: ReadonlyMap<string, string>): string {
  if (names.size === 0) return source;
  const found = parsePython(source)
    .rootNode.descendantsOfType("identifier")
    .filter((node) => names.has(node.text) && !isLabel(node));
  return edited(
    source,
    found.map(({ text, startIndex: start, endIndex: end }) => ({ start, end, text: names.get(text) ?? text })),
  );
}
