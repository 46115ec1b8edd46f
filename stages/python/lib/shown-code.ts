import type { Definition, PythonModule } from "./module.js";
import type { SyntaxNode } from "./parser.js";
import { withoutDoctests } from "./prompt-code.js";
import { dedentedSource, indented, linesOf, signatureOf } from "./source-text.js";
import { withoutBodies } from "./without-bodies.js";

/** Longest constructor that is shown whole, in lines. */
const longestConstructor = 25;
const mostFields = 12;

/**
 * A definition, whose dedented source is `code`, as a question shows it: without the doctests, which hold the answer.
 * A method stands in its class, with the fields and the constructor: nobody can call it without an object.
 */
export function shownCode(code: string, definition: Definition, module: PythonModule): string {
  const own = withoutDoctests(code);
  const { parent } = definition;
  if (parent === null || definition.kind === "class") return own;
  const fields = (parent.node.childForFieldName("body")?.namedChildren ?? []).filter(isField).slice(0, mostFields);
  const constructors = module.definitions.filter(
    (member) => member !== definition && member.parent === parent && isConstructor(member),
  );
  const parts = [
    fields.map((field) => dedentedSource(module.text, field)).join("\n"),
    ...constructors.map((member) => shownConstructor(member, module)),
    own,
  ].filter((part) => part !== "");
  return [headOf(parent, module), ...indented(parts.join("\n\n"))].join("\n");
}

/** `class Stack(Base):`, with its decorators. */
function headOf({ node, decorators }: Definition, { text }: PythonModule): string {
  return [...decorators.map((decorator) => dedentedSource(text, decorator)), `${signatureOf(text, node)}:`].join("\n");
}

/** `limit: int = 3`, on one line: a value of many lines says nothing about how an object is made. */
function isField({ type, firstNamedChild, startPosition, endPosition }: SyntaxNode): boolean {
  return (
    type === "expression_statement" && firstNamedChild?.type === "assignment" && startPosition.row === endPosition.row
  );
}

function isConstructor({ kind, name }: Definition): boolean {
  return kind === "function" && (name === "__init__" || name === "__new__");
}

function shownConstructor({ decorated }: Definition, { text }: PythonModule): string {
  const code = withoutDoctests(dedentedSource(text, decorated));
  const [first, last] = linesOf(text, decorated);
  return last - first < longestConstructor ? code : withoutBodies(code);
}
