import type { SyntaxNode } from "../../../python/lib/parser.js";

/** A place in the text of a test method, and what stands there instead. */
export interface Edit {
  readonly node: Pick<SyntaxNode, "startIndex" | "endIndex">;
  readonly text: string;
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
