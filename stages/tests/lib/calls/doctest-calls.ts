import type { Target } from "../../../python/lib/records.js";
import { isBuiltin } from "../../../python/lib/builtins.js";
import { parseDoctests } from "../../../python/lib/doctest.js";
import { lastName } from "../../../python/lib/dotted-name.js";
import { pythonName } from "../../../python/lib/identifier.js";
import { parseModule } from "../../../python/lib/parse-module.js";
import { parsePython, type SyntaxNode } from "../../../python/lib/parser.js";
import type { Argument, Call } from "./call.js";

/** Longest text of a value that is put in the place of a doctest's variable. */
const longestValue = 80;

/** The calls of the target that its docstring shows and that need nothing but Python's builtins, each once. */
export function doctestCalls({ name, docstring, parameters }: Target): readonly Call[] {
  if (docstring === null) return [];
  const variables = new Map<string, string>();
  const calls = new Map<string, Call>();
  for (const { source } of parseDoctests(docstring)) {
    const { rootNode } = parsePython(source);
    if (rootNode.hasError) continue;
    for (const node of rootNode.descendantsOfType("call")) {
      const values = isCallOf(node, name) ? argumentsOf(node, parameters, variables) : null;
      if (values !== null) calls.set(JSON.stringify(values), { arguments: values, label: "" });
    }
    for (const statement of rootNode.namedChildren) remember(statement, variables);
  }
  return [...calls.values()];
}

/** `name(...)` or `module.name(...)`. */
function isCallOf(node: SyntaxNode, name: string): boolean {
  const called = node.childForFieldName("function");
  const written = pythonName(called?.text ?? "");
  return (
    written === name ||
    (called?.type === "attribute" && /^[\p{L}\p{N}_.]+$/u.test(written) && lastName(written) === name)
  );
}

/** null where an argument needs a name of the docstring that stands for more than a value. */
function argumentsOf(
  call: SyntaxNode,
  parameters: Target["parameters"],
  variables: ReadonlyMap<string, string>,
): readonly Argument[] | null {
  const list = call.childForFieldName("arguments");
  if (list?.type !== "argument_list") return null;
  const positional = parameters.filter(({ kind }) => kind === "positional-only" || kind === "positional-or-keyword");
  const read: Argument[] = [];
  for (const node of list.namedChildren.filter(({ type }) => type !== "comment")) {
    const value = node.type === "keyword_argument" ? node.childForFieldName("value") : node;
    if (value === null || /splat/u.test(value.type)) return null;
    const text = standalone(value, variables);
    if (text === null) return null;
    const keyword = node.childForFieldName("name")?.text;
    read.push(
      node.type === "keyword_argument" && keyword !== undefined
        ? { parameter: keyword, byKeyword: true, text }
        : { parameter: positional[read.length]?.name ?? null, byKeyword: false, text },
    );
  }
  return read;
}

/**
 * The text of an expression with the values of its variables; null where that leaves names that Python does not know.
 */
function standalone(node: SyntaxNode, variables: ReadonlyMap<string, string>): string | null {
  const own = node.type === "identifier" ? variables.get(node.text) : undefined;
  if (own !== undefined) return own.replace(/^\((lambda .*)\)$/u, "$1");
  const used =
    node.type === "identifier" ? [node] : node.descendantsOfType("identifier").filter((name) => isValue(name));
  let { text } = node;
  for (const name of used.toReversed()) {
    const value = variables.get(name.text);
    if (value !== undefined)
      text = text.slice(0, name.startIndex - node.startIndex) + value + text.slice(name.endIndex - node.startIndex);
  }
  if (text.includes("\n")) return null;
  const [statement] = parseModule(`(${text})`).module.statements;
  const isKnown =
    statement !== undefined &&
    [...statement.needs].every(
      (name) =>
        isBuiltin(name) && !/^(?:open|input|print|id|hash|exec|eval|exit|quit|globals|locals|vars)$/u.test(name),
    );
  return isKnown ? text : null;
}

/** Not the name of an attribute, of a keyword or of a parameter. */
function isValue(name: SyntaxNode): boolean {
  const { parent } = name;
  if (parent?.type === "attribute") return parent.childForFieldName("attribute")?.startIndex !== name.startIndex;
  if (parent?.type === "keyword_argument") return parent.childForFieldName("name")?.startIndex !== name.startIndex;
  return parent?.type !== "lambda_parameters";
}

/** `name = value` of a short value that stands alone. Any other binding makes the name unknown. */
function remember(statement: SyntaxNode, variables: Map<string, string>): void {
  const assignment = statement.type === "expression_statement" ? statement.namedChild(0) : null;
  const left = assignment?.type === "assignment" ? assignment.childForFieldName("left") : null;
  const right = assignment?.childForFieldName("right");
  const [read] = parseModule(statement.text).module.statements;
  const value = left?.type === "identifier" && right ? standalone(right, variables) : null;
  for (const name of read?.binds ?? []) variables.delete(name);
  if (left?.type === "identifier" && right && value !== null && value.length <= longestValue && isConstant(right)) {
    variables.set(left.text, right.type === "lambda" ? `(${value})` : value);
  }
}

/** Iterators and what else a call gives are used up or shared between the lines of a docstring. */
function isConstant(node: SyntaxNode): boolean {
  return (
    node.type !== "call" &&
    node.descendantsOfType("call").length === 0 &&
    !/generator|await|comparison|attribute/u.test(node.type)
  );
}
