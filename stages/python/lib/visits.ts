import { importedNames } from "./imports.js";
import type { TreeCursor } from "./parser.js";
import { Scope } from "./scope.js";

/** Who walks over a tree, as the visits know it: the node that they are about is the one at its cursor. */
export interface TreeWalk {
  readonly cursor: TreeCursor;
  /** Text of the node. */
  text(): string;
  /** The first characters of that. */
  textStart(length: number): string;
  /** Visits the node, and what is in it. */
  visit(scope: Scope): void;
  visitChildren(scope: Scope): void;
  /** Puts the cursor on one child after the other, and back. */
  eachChild(each: (position: number) => void): void;
  /** Puts the cursor on the first child, and back. */
  firstChild(visit: () => void): void;
  /** Binds what the node, a target of an assignment, names. */
  bindTarget(scope: Scope): void;
  /** Parameters: their names are bound in `body`, their defaults read `outside`. */
  bindParameters(outside: Scope, body: Scope): void;
  /** A statement of which only the run time knows whether it is run. */
  visitConditional(scope: Scope): void;
  readDecorated(scope: Scope): void;
  readDefinition(scope: Scope): void;
  /** One more way through the code. */
  countBranch(): void;
  noteImport(): void;
  notePython2(): void;
}

/** What is done with the node at the cursor. */
export type Visit = (reader: TreeWalk, scope: Scope) => void;

/** Looks at what is in the node, and at nothing else. */
export const visitChildren: Visit = (reader, scope) => reader.visitChildren(scope);
/** Looks at nothing. */
export const skip: Visit = () => undefined;

/** What each kind of node does with names; the others hand on to their children. */
export const visits: ReadonlyMap<string, Visit> = new Map<string, Visit>([
  ["comment", skip],
  ["integer", skip],
  ["float", skip],
  ["true", skip],
  ["false", skip],
  ["none", skip],
  ["ellipsis", skip],
  ["identifier", (reader, scope) => scope.read(reader.text())],
  ["dotted_name", (reader, scope) => scope.read(firstPart(reader.text()))],
  ["attribute", (reader, scope) => reader.eachChild((position) => position === 0 && reader.visit(scope))],
  ["keyword_argument", (reader, scope) => reader.eachChild((position) => position > 0 && reader.visit(scope))],
  ["string", visitString],

  ["assignment", visitAssignment],
  ["augmented_assignment", visitAugmentedAssignment],
  ["named_expression", visitNamedExpression],
  [
    "as_pattern",
    (reader, scope) =>
      reader.eachChild((position) => (position === 0 ? reader.visit(scope) : reader.bindTarget(scope))),
  ],
  ["for_statement", counted(visitLoop)],
  ["global_statement", visitHandOut],
  ["nonlocal_statement", visitHandOut],
  ["type_alias_statement", visitTypeAlias],

  ["import_statement", visitImport],
  ["import_from_statement", visitImport],
  ["future_import_statement", visitImport],

  ["function_definition", (reader, scope) => reader.readDefinition(scope)],
  ["class_definition", (reader, scope) => reader.readDefinition(scope)],
  ["decorated_definition", (reader, scope) => reader.readDecorated(scope)],
  ["lambda", visitLambda],
  ["list_comprehension", visitComprehension],
  ["set_comprehension", visitComprehension],
  ["dictionary_comprehension", visitComprehension],
  ["generator_expression", visitComprehension],

  ["if_statement", counted((reader, scope) => reader.visitConditional(scope))],
  ["while_statement", counted((reader, scope) => reader.visitConditional(scope))],
  ["try_statement", (reader, scope) => reader.visitConditional(scope)],
  ["match_statement", (reader, scope) => reader.visitConditional(scope)],
  ["elif_clause", counted(visitChildren)],
  ["except_clause", counted(visitChildren)],
  ["if_clause", counted(visitChildren)],
  ["conditional_expression", counted(visitChildren)],
  ["boolean_operator", counted(visitChildren)],
  ["case_clause", visitCase],

  ["print_statement", python2],
  ["exec_statement", python2],
]);

function counted(visit: Visit): Visit {
  return (reader, scope) => {
    reader.countBranch();
    visit(reader, scope);
  };
}

/** Only an f-string holds code. */
function visitString(reader: TreeWalk, scope: Scope): void {
  if (!/^[rR]?[fFtT]/u.test(reader.textStart(2))) return;
  reader.eachChild(() => reader.cursor.nodeType === "interpolation" && reader.visitChildren(scope));
}

/** The value is read before the name is bound. */
function visitAssignment(reader: TreeWalk, scope: Scope): void {
  reader.eachChild((position) => position > 0 && reader.visit(scope));
  reader.firstChild(() => reader.bindTarget(scope));
}

function visitAugmentedAssignment(reader: TreeWalk, scope: Scope): void {
  reader.eachChild((position) => {
    if (position === 0) reader.bindTarget(scope);
    reader.visit(scope);
  });
}

function visitNamedExpression(reader: TreeWalk, scope: Scope): void {
  reader.eachChild((position) => {
    if (position === 0) scope.bindOutsideComprehension(reader.text());
    else reader.visit(scope);
  });
}

function visitLoop(reader: TreeWalk, scope: Scope): void {
  reader.eachChild(() => (reader.cursor.currentFieldName === "left" ? reader.bindTarget(scope) : reader.visit(scope)));
}

function visitHandOut(reader: TreeWalk, scope: Scope): void {
  reader.eachChild(() => reader.cursor.nodeType === "identifier" && scope.handOut(reader.text()));
}

function visitTypeAlias(reader: TreeWalk, scope: Scope): void {
  const alias = new Scope("block", scope);
  const [, name = "", parameters = ""] = /^type\s+([\p{L}\p{N}_]+)\s*(?:\[([^\]]*)\])?/u.exec(reader.text()) ?? [];
  for (const parameter of parameters.matchAll(/(?:^|,)\s*\**([\p{L}\p{N}_]+)/gu)) alias.bind(parameter[1] ?? "");
  reader.visitChildren(alias);
  alias.close();
  scope.bind(name);
}

function visitImport(reader: TreeWalk, scope: Scope): void {
  for (const { binds } of importedNames(reader.text())) if (binds !== null) scope.bind(binds);
  reader.noteImport();
}

function visitLambda(reader: TreeWalk, scope: Scope): void {
  const body = new Scope("function", scope);
  reader.eachChild(() =>
    reader.cursor.nodeType === "lambda_parameters" ? reader.bindParameters(scope, body) : reader.visit(body),
  );
  body.close();
}

/** The first iterable is evaluated outside the comprehension. */
function visitComprehension(reader: TreeWalk, scope: Scope): void {
  const own = new Scope("comprehension", scope);
  let isFirst = true;
  reader.eachChild(() => {
    if (reader.cursor.nodeType !== "for_in_clause") return reader.visit(own);
    const iterable = isFirst ? scope : own;
    isFirst = false;
    reader.countBranch();
    reader.eachChild(() =>
      reader.cursor.currentFieldName === "left" ? reader.bindTarget(own) : reader.visit(iterable),
    );
  });
  own.close();
}

function visitCase(reader: TreeWalk, scope: Scope): void {
  if (!/^case\s+_\s*:/u.test(reader.textStart(40))) reader.countBranch();
  reader.eachChild(() =>
    reader.cursor.nodeType === "case_pattern" ? bindPattern(reader, scope) : reader.visit(scope),
  );
}

function bindPattern(reader: TreeWalk, scope: Scope): void {
  const { cursor } = reader;
  switch (cursor.nodeType) {
    case "identifier":
      scope.bind(reader.text());
      break;
    case "dotted_name": {
      const name = reader.text();
      if (name.includes(".")) scope.read(firstPart(name));
      else if (name !== "_") scope.bind(name);
      break;
    }
    case "class_pattern":
      reader.eachChild((position) => (position === 0 ? reader.visit(scope) : bindPattern(reader, scope)));
      break;
    case "keyword_pattern":
      reader.eachChild((position) => position > 0 && bindPattern(reader, scope));
      break;
    case "string":
      reader.visit(scope);
      break;
    default:
      reader.eachChild(() => bindPattern(reader, scope));
  }
}

function python2(reader: TreeWalk, scope: Scope): void {
  reader.notePython2();
  reader.visitChildren(scope);
}

function firstPart(dotted: string): string {
  return dotted.split(".", 1)[0]?.trim() ?? dotted;
}
