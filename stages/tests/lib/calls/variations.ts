import { parseExpression } from "../../../python/lib/literal.js";
import type { SyntaxNode } from "../../../python/lib/parser.js";
import { quoteString } from "../../../python/lib/string-literal.js";

/** Another value for an argument, as Python source text. */
export interface Variation {
  readonly text: string;
  /** What sets it apart, as part of a name: empty, zero, negative. */
  readonly label: string;
}

/** Other values of the type that a literal has: the edges of that type first. Empty where the text is no literal. */
export function variationsOf(text: string): readonly Variation[] {
  const node = parseExpression(text);
  const variations = node === null ? [] : variationsOfNode(node);
  return variations.filter((variation) => variation.text !== text);
}

function variationsOfNode(node: SyntaxNode): readonly Variation[] {
  switch (node.type) {
    case "integer":
      return [
        { text: "0", label: "zero" },
        { text: `-${node.text}`, label: "negative" },
        { text: `${node.text}0`, label: "large" },
        { text: "1", label: "one" },
      ];
    case "float":
      return [
        { text: "0.0", label: "zero" },
        { text: `-${node.text}`, label: "negative" },
        { text: "1000.0", label: "large" },
      ];
    case "unary_operator":
      return node.text.startsWith("-")
        ? [
            { text: "0", label: "zero" },
            { text: node.text.slice(1), label: "positive" },
          ]
        : [];
    case "true":
      return [{ text: "False", label: "false" }];
    case "false":
      return [{ text: "True", label: "true" }];
    case "string":
      return variationsOfText(node);
    case "list":
      return variationsOfItems(node, (items) => `[${items.join(", ")}]`, "[]");
    case "tuple":
      return variationsOfItems(node, (items) => `(${items.join(", ")}${items.length === 1 ? "," : ""})`, "()");
    case "set":
      return variationsOfItems(node, (items) => `{${items.join(", ")}}`, "set()");
    case "dictionary":
      return variationsOfItems(node, (items) => `{${items.join(", ")}}`, "{}");
    default:
      return [];
  }
}

function variationsOfItems(
  node: SyntaxNode,
  write: (items: readonly string[]) => string,
  empty: string,
): readonly Variation[] {
  const items = node.namedChildren.filter(({ type }) => type !== "comment").map(({ text }) => text);
  const [first] = items;
  if (first === undefined) return [];
  const variations = [
    { text: empty, label: "empty" },
    { text: write([first]), label: "single_item" },
  ];
  if (node.type === "set" || node.type === "dictionary") return variations;
  return [
    ...variations,
    { text: write(items.toReversed()), label: "reversed" },
    { text: write([...items, first]), label: "repeated_item" },
  ];
}

/** Of a string without escapes: what can be said of any text. */
function variationsOfText({ text }: SyntaxNode): readonly Variation[] {
  const [, prefix = "", , value = ""] = /^[ur]?(b?)(["'])([^"'\\]*)\2$/u.exec(text) ?? [];
  if (value === "") return [];
  const write = (changed: string) => `${prefix}${quoteString(changed)}`;
  const otherCase =
    value === value.toUpperCase()
      ? { text: write(value.toLowerCase()), label: "lower_case" }
      : { text: write(value.toUpperCase()), label: "upper_case" };
  const first = { text: write(value.slice(0, 1)), label: "single_character" };
  return [
    { text: write(""), label: "empty" },
    ...(value.length > 1 ? [first] : []),
    otherCase,
    { text: write(`${value} ${value}`), label: "repeated" },
  ];
}
