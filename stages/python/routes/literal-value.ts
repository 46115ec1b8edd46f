import type { SyntaxNode } from "../lib/parser.js";
import { stringValue } from "../lib/string-literal.js";
import type { Scope } from "./scope.js";
import type { Expression, Value } from "./values.js";

/** Who tells what the expressions inside of a literal stand for. */
interface Resolver {
  /** The one text that an expression stands for; null where it is computed. */
  readonly text: (expression: Expression) => string | null;
  /** The items of a list or tuple; null where it is something else. */
  readonly items: (expression: Expression) => readonly Expression[] | null;
}

/** What a text, a list, a tuple or a sum of these stands for; empty for anything else, and where it cannot be told. */
export function literalValue({ node, scope }: Expression, resolver: Resolver): Value[] {
  switch (node.type) {
    case "string":
    case "concatenated_string":
      return textValue(stringOf(node, scope, resolver));
    case "binary_operator":
      return sumOf(node, scope, resolver);
    case "list":
    case "tuple": {
      const items = node.namedChildren.filter(({ type }) => type !== "comment");
      return [{ type: "list", items: items.flatMap((item) => itemsOf(item, scope, resolver)) }];
    }
    default:
      return [];
  }
}

/** An item; of one with a star before it, its own items, where these can be told. */
function itemsOf(item: SyntaxNode, scope: Scope, resolver: Resolver): readonly Expression[] {
  if (item.type !== "list_splat") return [{ node: item, scope }];
  const inner = item.namedChild(0);
  return (inner === null ? null : resolver.items({ node: inner, scope })) ?? [{ node: item, scope }];
}

/** A literal, or an f-string of what can be told. */
function stringOf(node: SyntaxNode, scope: Scope, resolver: Resolver): string | null {
  if (node.type === "concatenated_string") {
    const parts = node.namedChildren
      .filter(({ type }) => type === "string")
      .map((part) => stringOf(part, scope, resolver));
    return parts.includes(null) ? null : parts.join("");
  }
  if (!/^[rR]?[fF]/u.test(node.text)) return stringValue(node);
  const parts = node.namedChildren.map((part) => {
    if (part.type === "string_content") return part.text.replaceAll("{{", "{").replaceAll("}}", "}");
    if (part.type !== "interpolation") return "";
    const inner = part.childForFieldName("expression") ?? part.namedChild(0);
    return inner === null || part.namedChildCount > 1 ? null : resolver.text({ node: inner, scope });
  });
  return parts.includes(null) || node.text.includes("\\") ? null : parts.join("");
}

/** Texts, or lists, that are put together by `+`. */
function sumOf(node: SyntaxNode, scope: Scope, resolver: Resolver): Value[] {
  const [left, right] = [node.childForFieldName("left"), node.childForFieldName("right")];
  if (left === null || right === null || node.childForFieldName("operator")?.text !== "+") return [];
  const sides = [left, right].map((side) => ({ node: side, scope }));
  const texts = sides.map((side) => resolver.text(side));
  if (!texts.includes(null)) return textValue(texts.join(""));
  const lists = sides.map((side) => resolver.items(side));
  return lists.includes(null) ? [] : [{ type: "list", items: lists.flatMap((items) => items ?? []) }];
}

function textValue(text: string | null): Value[] {
  return text === null ? [] : [{ type: "text", text }];
}
