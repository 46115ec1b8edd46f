import { isLiteral } from "../../../python/lib/literal.js";
import type { SyntaxNode } from "../../../python/lib/parser.js";
import { parsePython } from "../../../python/lib/parser.js";

/**
 * How readily a test is kept where another one notices as much: smaller numbers first, the first that differs decides.
 */
export type Readability = readonly number[];

/**
 * A value that its writer had right before one that was recorded; plain literals before what is put together; few
 * lines before many, short ones before long ones.
 *
 * @param isRecorded whether a value in it was recorded from the code
 */
export function readabilityOf(code: string, isRecorded: boolean): Readability {
  const lines = code.split("\n").filter((line) => line.trim() !== "");
  // What the test is called says nothing of what is asked in it.
  const asked = lines.filter((line) => !/^(?:async )?def /u.test(line)).join("\n");
  return [Number(isRecorded), Number(!hasPlainInputs(code)), lines.length, asked.length];
}

/** Compares for `toSorted`: negative where the first is rather kept, 0 where they are alike. */
export function compareReadability(one: Readability, other: Readability): number {
  const index = one.findIndex((number, place) => number !== other[place]);
  return index < 0 ? 0 : (one[index] ?? 0) - (other[index] ?? 0);
}

/** Whether every argument of every call is a literal, or another such call. */
function hasPlainInputs(code: string): boolean {
  const calls = parsePython(code).rootNode.descendantsOfType("call");
  return calls.every((call) => (call.childForFieldName("arguments")?.namedChildren ?? []).every(isPlain));
}

function isPlain(node: SyntaxNode): boolean {
  if (node.type === "keyword_argument") return isPlain(node.childForFieldName("value") ?? node);
  // A call's own arguments are looked at by themselves; a name is what pytest.raises and isinstance take.
  return node.type === "call" || node.type === "identifier" || node.type === "attribute" || isLiteral(node);
}
