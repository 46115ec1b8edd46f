import { primary, standing } from "../../../python/lib/operand.js";
import type { SyntaxNode } from "../../../python/lib/parser.js";
import { indentBefore } from "../../../python/lib/source-text.js";
import { type Form, replace, type Text } from "./call.js";

/** An assertion that expects something of a block, or of a call that it is given. */
export interface BlockForm {
  readonly block: "raises" | "warns";
  readonly hasPattern: boolean;
}

/** By unittest's names. */
export const blockForms: Readonly<Record<string, BlockForm>> = {
  assertRaises: { block: "raises", hasPattern: false },
  assertRaisesRegex: { block: "raises", hasPattern: true },
  assertWarns: { block: "warns", hasPattern: false },
  assertWarnsRegex: { block: "warns", hasPattern: true },
};

/** What expects an exception or a warning of a block, or of a call. */
export function blockForm(
  call: SyntaxNode,
  { block, hasPattern }: BlockForm,
  given: readonly SyntaxNode[],
  text: Text,
): Form {
  const heads = given.slice(0, hasPattern ? 2 : 1);
  if (heads.length < (hasPattern ? 2 : 1) || heads.some(({ type }) => /splat|keyword/u.test(type)))
    return { reason: "arguments that cannot be told" };
  const [expected, pattern] = heads;
  const head = `pytest.${block}(${expected?.text ?? ""}${pattern === undefined ? "" : `, match=${pattern.text}`})`;
  const [callable, ...parameters] = given.slice(heads.length);
  const isBlock =
    callable === undefined ||
    (given.length === heads.length + 1 &&
      callable.type === "keyword_argument" &&
      callable.childForFieldName("name")?.text === "msg");
  if (isBlock) return contextForm(call, head, block, text);
  if (/splat|keyword/u.test(callable.type) || callable.type === "none")
    return { reason: "arguments that cannot be told" };
  const statement = call.parent;
  const indent = indentBefore(text.source, call.startIndex);
  const isAlone =
    statement?.type === "expression_statement" &&
    statement.parent?.type === "block" &&
    text.source.slice(0, call.startIndex).split("\n").at(-1) === indent &&
    !statement.parent.children.some((other) => other.type === ";" && other.startPosition.row === call.endPosition.row);
  if (!isAlone) return { reason: "beside something else" };
  const called =
    callable.type === "lambda" && callable.childForFieldName("parameters") === null && parameters.length === 0
      ? standing(callable.childForFieldName("body") ?? callable)
      : `${primary(callable)}(${parameters.map(({ text }) => text).join(", ")})`;
  return { edits: [replace(call, `with ${head}:\n${indent}    ${called}`)] };
}

function contextForm(call: SyntaxNode, head: string, block: BlockForm["block"], { root }: Text): Form {
  if (call.parent?.type === "with_item") return { edits: [replace(call, head)] };
  const isNamed = call.parent?.type === "as_pattern" && call.parent.parent?.type === "with_item";
  const name = isNamed ? call.parent?.children.find(({ type }) => type === "as_pattern_target")?.text : undefined;
  if (name === undefined) return { reason: "outside of a with statement" };
  if (block === "warns") return { reason: "whose context is used" };
  const uses = root
    .descendantsOfType("identifier")
    .filter((node) => node.text === name && node.parent?.type !== "as_pattern_target");
  const exceptions = uses.map((use) =>
    use.parent?.type === "attribute" && use.parent.childForFieldName("object")?.id === use.id
      ? use.parent.childForFieldName("attribute")
      : null,
  );
  if (exceptions.some((attribute) => attribute?.text !== "exception")) return { reason: "whose context is used" };
  // Several blocks may share a name: each of them would change every use.
  const isFirst =
    root.descendantsOfType("as_pattern_target").find(({ text }) => text === name)?.parent?.id === call.parent?.id;
  const renamed = isFirst
    ? exceptions.flatMap((attribute) => (attribute === null ? [] : [replace(attribute, "value")]))
    : [];
  return { edits: [replace(call, head), ...renamed] };
}
