import { parsePython, type SyntaxNode } from "./parser.js";

/**
 * The one expression that a text is; null where it is something else, or broken. A tuple without parentheses gets them.
 */
export function parseExpression(text: string): SyntaxNode | null {
  const { rootNode } = parsePython(text);
  const statements = rootNode.namedChildren.filter(({ type }) => type !== "comment");
  const [statement] = statements;
  if (rootNode.hasError || statements.length !== 1 || statement?.type !== "expression_statement") return null;
  if (statement.children.some(({ type }) => type === ",")) return parseExpression(`(${statement.text})`);
  const expression = statement.namedChild(0);
  return expression === null || /assignment$|^yield$/u.test(expression.type) ? null : expression;
}

/** Whether an expression is built of constants alone, so that comparing with it by `==` says what its text says. */
export function isLiteral(node: SyntaxNode): boolean {
  switch (node.type) {
    case "integer":
    case "float":
    case "true":
    case "false":
    case "none":
      return true;
    case "string":
      return !node.namedChildren.some(({ type }) => type === "interpolation");
    case "concatenated_string":
    case "list":
    case "tuple":
    case "set":
    case "dictionary":
    case "pair":
    case "parenthesized_expression":
      return node.namedChildren.every(isLiteral);
    case "unary_operator":
      return /^[-+]/u.test(node.text) && isLiteral(node.namedChild(0) ?? node);
    case "binary_operator":
      // The form of a complex number: (1+2j).
      return /^[-+.\d]+[-+][.\d]+[jJ]$/u.test(node.text);
    case "call":
      return isLiteralCall(node);
    default:
      return false;
  }
}

/** The builtin containers whose `repr` is a call. */
function isLiteralCall(node: SyntaxNode): boolean {
  const name = node.childForFieldName("function")?.text ?? "";
  const callArguments = node.childForFieldName("arguments");
  return (
    /^(?:set|frozenset|range|bytearray)$/u.test(name) &&
    callArguments?.type === "argument_list" &&
    callArguments.namedChildren.every(isLiteral)
  );
}

/** Whether an expression binds less tightly than `==`, and so needs parentheses before it. */
export function isLoose({ type }: SyntaxNode): boolean {
  return looseTypes.has(type);
}

const looseTypes: ReadonlySet<string> = new Set([
  "comparison_operator",
  "boolean_operator",
  "not_operator",
  "conditional_expression",
  "lambda",
  "named_expression",
  "await",
]);
