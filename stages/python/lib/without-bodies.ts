import { docstringStatement } from "./docstring.js";
import { isInFunction } from "./nodes.js";
import { parsePython, type SyntaxNode } from "./parser.js";

/**
 * Code with `...` in the place of what its functions do: signatures, docstrings, and what stands in a class, are kept.
 * @param whole names of functions that are left as they are
 */
export function withoutBodies(code: string, whole: ReadonlySet<string> = new Set()): string {
  const functions = parsePython(code)
    .rootNode.descendantsOfType("function_definition")
    .filter((node) => !isInFunction(node) && !whole.has(nameOf(node)));
  return functions.toReversed().reduce((text, node) => {
    const body = node.childForFieldName("body");
    if (body === null) return text;
    const docstring = docstringStatement(node);
    const end = endOf(text, body);
    if (docstring === null) return `${text.slice(0, body.startIndex)}...${text.slice(end)}`;
    return `${text.slice(0, docstring.endIndex)}\n${" ".repeat(docstring.startPosition.column)}...${text.slice(end)}`;
  }, code);
}

function nameOf(node: SyntaxNode): string {
  return node.childForFieldName("name")?.text ?? "";
}

/** White space after the last statement is not the function's. */
function endOf(text: string, { startIndex, endIndex }: SyntaxNode): number {
  return startIndex + text.slice(startIndex, endIndex).trimEnd().length;
}
