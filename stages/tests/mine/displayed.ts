import { parsePython, type SyntaxNode } from "../../python/lib/parser.js";

/**
 * The source with every statement that is a value given to `sys.displayhook`, as Python does where it is asked line by
 * line: in loops and branches, too, but not in functions and classes that are defined there.
 */
export function showingValues(
  source: string,
  answersNothing: (call: SyntaxNode) => boolean,
): { readonly source: string; readonly isChanged: boolean } {
  const values = statementsIn(parsePython(source).rootNode)
    .flatMap((statement) => valueOf(statement) ?? [])
    .filter((value) => !isSilent(value, answersNothing));
  const shown = values.toReversed().reduce((text, { startIndex, endIndex, type }) => {
    const written = source.slice(startIndex, endIndex);
    // Without brackets of its own, a tuple would be several arguments.
    const argument = type === "expression_statement" ? `(${written})` : written;
    return `${text.slice(0, startIndex)}sys.displayhook(${argument})${text.slice(endIndex)}`;
  }, source);
  return { source: shown, isChanged: values.length > 0 };
}

function statementsIn(node: SyntaxNode): SyntaxNode[] {
  if (/^(?:function_definition|class_definition|decorated_definition|lambda)$/u.test(node.type)) return [];
  return node.namedChildren.flatMap((child) => (child.type === "expression_statement" ? [child] : statementsIn(child)));
}

/**
 * The value of a statement, which is the statement itself where it is a tuple without brackets; null where it is an
 * assignment.
 */
function valueOf(statement: SyntaxNode): SyntaxNode | null {
  const value = statement.namedChild(0);
  if (value === null || /assignment$|^yield$/u.test(value.type)) return null;
  return statement.namedChildCount === 1 ? value : statement;
}

/** Whether nothing is shown of a value, because there is none. */
export function isSilent(value: SyntaxNode, answersNothing: (call: SyntaxNode) => boolean): boolean {
  return value.type === "call" && (value.childForFieldName("function")?.text === "print" || answersNothing(value));
}
