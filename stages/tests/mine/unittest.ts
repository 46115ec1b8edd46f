import { standing } from "../../python/lib/operand.js";
import { parsePython, type SyntaxNode } from "../../python/lib/parser.js";
import { type Edit, edited } from "../../python/lib/text-edits.js";
import { assertForms } from "./unittest/assert-forms.js";
import { blockForm, blockForms } from "./unittest/block-forms.js";
import { type Form, nameOf, replace, type Text } from "./unittest/call.js";

/** A test method with plain assertions, and the import statements that they need. */
export interface PlainAssertions {
  readonly source: string;
  readonly imports: readonly string[];
}

/**
 * A test method of unittest with plain assertions that mean the same; or the assertion that has no such form, and why.
 */
export function plainAssertions(source: string): PlainAssertions | { readonly unconverted: string } {
  // What a block has caught is named in the assertions below it: the blocks come first.
  const blocks = rewritten(source, (name) => name in blockForms);
  if ("unconverted" in blocks) return blocks;
  const all = rewritten(blocks.source, () => true);
  return "unconverted" in all ? all : { source: all.source, imports: [...blocks.imports, ...all.imports] };
}

/** With the assertions of these names in their plain form. */
function rewritten(
  source: string,
  isWanted: (name: string) => boolean,
): PlainAssertions | { readonly unconverted: string } {
  const root = parsePython(source).rootNode;
  const calls = root
    .descendantsOfType("call")
    .filter(
      (call) => /^self\.(?:assert|fail|subTest|skipTest|enterContext)/u.test(nameOf(call)) && isWanted(methodOf(call)),
    );
  const edits: Edit[] = [];
  const imports = new Set<string>();
  for (const call of calls) {
    const form = plainForm(call, { source, root });
    if ("reason" in form) return { unconverted: `${nameOf(call)}${form.reason === "" ? "" : `, ${form.reason}`}` };
    edits.push(...form.edits);
    for (const line of form.imports ?? []) imports.add(line);
  }
  return overlap(edits)
    ? { unconverted: "assertions inside of each other" }
    : { source: edited(source, edits), imports: [...imports] };
}

/** Whether one of the parts that are replaced holds another one, and so was made without that. */
function overlap(edits: readonly Edit[]): boolean {
  const inOrder = edits.toSorted((a, b) => a.start - b.start);
  return inOrder.some(({ start }, index) => index > 0 && (inOrder[index - 1]?.end ?? 0) > start);
}

/** The method that a call is of, by its name of today. */
function methodOf(call: SyntaxNode): string {
  const method = nameOf(call).slice("self.".length);
  return formerNames[method] ?? method;
}

/** Names of before Python 3.12. */
const formerNames: Readonly<Record<string, string>> = {
  assert_: "assertTrue",
  assertEquals: "assertEqual",
  assertNotEquals: "assertNotEqual",
  assertAlmostEquals: "assertAlmostEqual",
  assertNotAlmostEquals: "assertNotAlmostEqual",
  assertRegexpMatches: "assertRegex",
  assertNotRegexpMatches: "assertNotRegex",
  assertRaisesRegexp: "assertRaisesRegex",
  assertItemsEqual: "assertCountEqual",
  failUnless: "assertTrue",
  failIf: "assertFalse",
  failUnlessEqual: "assertEqual",
  failIfEqual: "assertNotEqual",
  failUnlessAlmostEqual: "assertAlmostEqual",
  failIfAlmostEqual: "assertNotAlmostEqual",
  failUnlessRaises: "assertRaises",
};

function plainForm(call: SyntaxNode, text: Text): Form {
  const name = methodOf(call);
  const list = call.childForFieldName("arguments");
  if (list?.type !== "argument_list") return { reason: "a generator" };
  if (list.descendantsOfType("call").some((inner) => nameOf(inner).startsWith("self.")))
    return { reason: "another call of its object in it" };
  const given = list.namedChildren.filter(({ type }) => type !== "comment");
  const block = blockForms[name];
  if (block !== undefined) return blockForm(call, block, given, text);
  const form = assertForms[name];
  if (form === undefined) return { reason: "" };
  if (call.parent?.type !== "expression_statement") return { reason: "inside of an expression" };
  const bound = bind(given, [...form.parameters, ...(form.options ?? []), "msg", ...(form.last ?? [])]);
  if (bound === null) return { reason: "arguments that cannot be told" };
  const operands = form.parameters.map((parameter) => bound.get(parameter));
  if (operands.some((operand) => operand === undefined)) return { reason: "arguments that are missing" };
  const made = form.make(operands as SyntaxNode[], bound);
  if (made === null) return { reason: form.otherwise ?? "" };
  const message = bound.get("msg");
  const asserted =
    `assert ${made.test}` + (message === undefined || message.type === "none" ? "" : `, ${standing(message)}`);
  return { edits: [replace(call, asserted)], imports: made.imports ?? [] };
}

/**
 * The arguments by the names of the parameters, positional ones first; null where they cannot be told, or do not fit.
 */
function bind(given: readonly SyntaxNode[], parameters: readonly string[]): Map<string, SyntaxNode> | null {
  const bound = new Map<string, SyntaxNode>();
  for (const [place, argument] of given.entries()) {
    if (/splat/u.test(argument.type)) return null;
    const isNamed = argument.type === "keyword_argument";
    const parameter = isNamed ? argument.childForFieldName("name")?.text : parameters[place];
    const value = isNamed ? argument.childForFieldName("value") : argument;
    if (parameter === undefined || !parameters.includes(parameter) || bound.has(parameter) || value === null)
      return null;
    bound.set(parameter, value);
  }
  return bound;
}
