import { pythonName } from "../../python/lib/identifier.js";
import { parseExpression } from "../../python/lib/literal.js";
import type { SyntaxNode } from "../../python/lib/parser.js";
import { stringValue } from "../../python/lib/string-literal.js";
import { type LeftOut, leftOut } from "./left-out.js";

/** `@pytest.mark.parametrize(...)`, by whatever name pytest and its marks go in the file. */
export function isParametrize(decorator: SyntaxNode): boolean {
  return /^@\s*(?:[^\s().]+\.)?mark\.parametrize\s*\(/u.test(decorator.text);
}

/** The parameters that the mark gives values for; or why they are not plain values. */
export function parametersOf(decorator: SyntaxNode): { readonly names: readonly string[] } | LeftOut {
  const given =
    parseExpression(decorator.text.replace(/^@\s*/u, ""))
      ?.childForFieldName("arguments")
      ?.namedChildren.filter(({ type }) => type !== "comment") ?? [];
  const named = new Map(
    given
      .filter(({ type }) => type === "keyword_argument")
      .map((argument) => [argument.childForFieldName("name")?.text, argument.childForFieldName("value")]),
  );
  if (given.some(({ type }) => type === "dictionary_splat" || type === "list_splat"))
    return leftOut("parameters", "parameters that cannot be told");
  const indirect = named.get("indirect") ?? positional(given, 2);
  if (indirect !== null && !/^(?:False|\[\s*\]|\(\s*\))$/u.test(indirect.text))
    return leftOut("indirect-parameters", "parameters that go to fixtures: indirect");
  const written = named.get("argnames") ?? positional(given, 0);
  const names = written === null ? null : namesIn(written);
  return names === null ? leftOut("parameters", "parameters that cannot be told") : { names: names.map(pythonName) };
}

function positional(given: readonly SyntaxNode[], place: number): SyntaxNode | null {
  return given.filter(({ type }) => type !== "keyword_argument")[place] ?? null;
}

/** "a, b", or a tuple or list of names. */
function namesIn(node: SyntaxNode): readonly string[] | null {
  if (/^(?:string|concatenated_string)$/u.test(node.type)) {
    return (
      stringValue(node)
        ?.split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "") ?? null
    );
  }
  if (node.type === "parenthesized_expression")
    return node.namedChild(0) === null ? null : namesIn(node.namedChild(0) as SyntaxNode);
  if (!/^(?:tuple|list)$/u.test(node.type)) return null;
  const names = node.namedChildren
    .filter(({ type }) => type !== "comment")
    .map((element) => (/^(?:string|concatenated_string)$/u.test(element.type) ? stringValue(element) : null));
  return names.every((name) => name !== null) ? names : null;
}
