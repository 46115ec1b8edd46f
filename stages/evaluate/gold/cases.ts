import { parseExpression } from "../../python/lib/literal.js";
import type { SyntaxNode } from "../../python/lib/parser.js";
import { quoteString } from "../../python/lib/string-literal.js";

/** A case of a JSON file, each value as Python source text. */
export interface Case {
  readonly args: readonly string[];
  readonly expected: string;
}

interface Cases {
  readonly cases: readonly Case[];
  /** `line` is 1-based. */
  readonly broken: readonly { readonly line: number; readonly problem: string }[];
}

/** Reads a case a line: [[argument, ...], expected], or [argument, expected] where the one argument is no list. */
export function readCases(text: string): Cases {
  const cases: Case[] = [];
  const broken: { line: number; problem: string }[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const read = readCase(line);
    if (typeof read === "string") broken.push({ line: index + 1, problem: read });
    else cases.push(read);
  }
  return { cases, broken };
}

/**
 * JSON is Python but for three words and the escapes of its strings; so read, a number keeps every digit that is
 * written.
 */
function readCase(line: string): Case | string {
  const node = parseExpression(line);
  if (node === null || pythonText(node) === null) return "it is no JSON value";
  const [input, output] = node.type === "list" ? items(node) : [];
  if (input === undefined || output === undefined || items(node).length !== 2)
    return "expected [[argument, ...], expected]";
  return {
    args: (input.type === "list" ? items(input) : [input]).map((value) => pythonText(value) ?? ""),
    expected: pythonText(output) ?? "",
  };
}

/** A JSON value as Python source text; null where it is none. */
function pythonText(node: SyntaxNode): string | null {
  switch (node.type) {
    case "integer":
    case "float":
      return node.text;
    case "unary_operator":
      return /^-(?:[\d.]|Infinity$)/u.test(node.text) ? `-${pythonText(node.namedChild(0) ?? node) ?? ""}` : null;
    case "string":
      return stringText(node.text);
    case "true":
    case "false":
    case "none":
    case "identifier":
      return words[node.text] ?? null;
    case "list":
      return bracketed("[", items(node).map(pythonText), "]");
    case "dictionary":
      return bracketed("{", items(node).map(pairText), "}");
    default:
      return null;
  }
}

/** NaN and Infinity are Python's own addition to JSON. */
const words: Readonly<Record<string, string>> = {
  true: "True",
  false: "False",
  null: "None",
  NaN: 'float("nan")',
  Infinity: 'float("inf")',
};

function pairText(pair: SyntaxNode): string | null {
  const [key, value] = [pair.childForFieldName("key"), pair.childForFieldName("value")];
  const [keyText, valueText] = [
    key?.type === "string" ? pythonText(key) : null,
    value === null ? null : pythonText(value),
  ];
  return pair.type === "pair" && keyText !== null && valueText !== null ? `${keyText}: ${valueText}` : null;
}

function stringText(json: string): string | null {
  try {
    return quoteString(JSON.parse(json) as string);
  } catch {
    return null;
  }
}

function bracketed(opening: string, parts: readonly (string | null)[], closing: string): string | null {
  return parts.includes(null) ? null : opening + parts.join(", ") + closing;
}

function items(node: SyntaxNode): SyntaxNode[] {
  return node.namedChildren.filter(({ type }) => type !== "comment");
}
