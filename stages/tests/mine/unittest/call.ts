import type { SyntaxNode } from "../../../python/lib/parser.js";
import type { Edit } from "../../../python/lib/text-edits.js";

/** What takes the place of a node. */
export function replace({ startIndex: start, endIndex: end }: SyntaxNode, text: string): Edit {
  return { start, end, text };
}

/** An assertion in its plain form, with the imports that it needs; or why it has none, empty where nothing is known. */
export type Form =
  | { readonly edits: readonly Edit[]; readonly imports?: readonly string[] }
  | { readonly reason: string };

/** The text of a test method, and its syntax tree. */
export interface Text {
  readonly source: string;
  readonly root: SyntaxNode;
}

/** What a call is of, as it is written: self.assertEqual. */
export function nameOf(call: SyntaxNode): string {
  return call.childForFieldName("function")?.text ?? "";
}
