import type { SyntaxNode } from "./parser.js";

/** Whether a node stands inside of a function, at any depth. */
export function isInFunction({ parent }: SyntaxNode): boolean {
  return parent !== null && (parent.type === "function_definition" || isInFunction(parent));
}

/** Whether a name is that of an attribute, or of a keyword argument: it belongs to another thing than a variable. */
export function isLabel({ parent, id }: SyntaxNode): boolean {
  const field = parent?.type === "attribute" ? "attribute" : parent?.type === "keyword_argument" ? "name" : null;
  return field !== null && parent?.childForFieldName(field)?.id === id;
}
