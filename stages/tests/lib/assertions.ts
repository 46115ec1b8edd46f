import type { SyntaxNode } from "../../python/lib/parser.js";
import { indentBefore, statementSource } from "../../python/lib/source-text.js";

/**
 * A run of statements of a test that ends in assertions, as they are written, each with the lines of comments above it.
 */
export interface Segment {
  /** What stands before its assertions. */
  readonly setUp: readonly string[];
  /** Different ones, in order; a block that catches an exception holds those that look at it. */
  readonly assertions: readonly string[];
}

/**
 * A test function as segments of which none uses a local name of another one; null where it cannot be told apart so:
 * it takes fixtures, is async, holds a loop or a branch, or goes on with what an earlier part has made.
 */
export function segmentsOf(node: SyntaxNode): readonly Segment[] | null {
  const body = node.childForFieldName("body");
  const isPlain =
    node.type === "function_definition" &&
    node.childForFieldName("parameters")?.namedChildCount === 0 &&
    node.child(0)?.type === "def";
  if (!isPlain || body === null) return null;
  const segments = readSegments(statementsOf(body));
  return segments === null || segments.some(({ assertions }) => assertions.length === 0) || !areApart(segments)
    ? null
    : segments.map(written);
}

/** A test function of some statements, as they are written. */
export function testFunction(name: string, statements: readonly string[]): string {
  return [`def ${name}():`, ...statements].join("\n");
}

interface ReadStatement {
  readonly node: SyntaxNode;
  readonly text: string;
}

interface ReadSegment {
  readonly setUp: readonly ReadStatement[];
  /** Each with the assertions that look at what it has caught. */
  readonly assertions: readonly (readonly ReadStatement[])[];
}

/**
 * The statements of a block, without its docstring; a comment belongs to the statement on its line, or to the one
 * below.
 */
function statementsOf(body: SyntaxNode): ReadStatement[] {
  const found: { node: SyntaxNode; text: string }[] = [];
  const text = body.tree.rootNode.text;
  let above: string[] = [];
  for (const node of body.namedChildren) {
    const last = found.at(-1);
    if (node.type !== "comment") {
      // As they stand: an indentation that is changed would change the lines of long strings.
      found.push({ node, text: [...above, indentation(text, node) + statementSource(text, node)].join("\n") });
      above = [];
    } else if (last !== undefined && last.node.endPosition.row === node.startPosition.row) {
      last.text += `  ${node.text}`;
    } else {
      above.push(indentation(text, node) + node.text);
    }
  }
  return found.filter(
    ({ node }, index) => index > 0 || node.type !== "expression_statement" || node.namedChild(0)?.type !== "string",
  );
}

function indentation(text: string, node: SyntaxNode): string {
  return indentBefore(text, node.startIndex) || "    ";
}

function readSegments(statements: readonly ReadStatement[]): ReadSegment[] | null {
  const segments: { setUp: ReadStatement[]; assertions: ReadStatement[][] }[] = [];
  let caught: string | null = null;
  for (const statement of statements) {
    const { node } = statement;
    const last = segments.at(-1);
    if (node.type === "assert_statement" && caught !== null && namesIn(node).has(caught)) {
      last?.assertions.at(-1)?.push(statement);
    } else if (node.type === "assert_statement" || isExpectedException(node)) {
      if (last === undefined) segments.push({ setUp: [], assertions: [[statement]] });
      else last.assertions.push([statement]);
      if (node.type === "with_statement") caught = caughtAs(node);
    } else if (!isSimple(node)) {
      return null;
    } else if (last === undefined || last.assertions.length > 0) {
      segments.push({ setUp: [statement], assertions: [] });
    } else {
      last.setUp.push(statement);
    }
  }
  return segments.length === 0 ? null : segments;
}

/** `with pytest.raises(...):`, on its own. */
function isExpectedException(node: SyntaxNode): boolean {
  return node.type === "with_statement" && /^with\s+pytest\.(?:raises|warns|deprecated_call)\b/u.test(node.text);
}

/** The `error` of `with pytest.raises(ValueError) as error:`. */
function caughtAs(node: SyntaxNode): string | null {
  return node.descendantsOfType("as_pattern_target")[0]?.text ?? null;
}

function isSimple({ type }: SyntaxNode): boolean {
  return type === "expression_statement" || type === "import_statement" || type === "import_from_statement";
}

/** Whether each segment but the first makes nothing but names, and takes none from those before it. */
function areApart(segments: readonly ReadSegment[]): boolean {
  if (segments.length === 1) return true;
  const own = segments.map(({ setUp }) => setUp.map(({ node }) => assignedName(node)));
  if (own.some((names) => names.includes(null))) return false;
  const all = new Set(own.flat());
  return segments.every(({ setUp, assertions }) => {
    const bound = new Set<string | null>();
    return [...setUp, ...assertions.flat()].every(({ node }) => {
      const value =
        node.type === "expression_statement" ? (node.namedChild(0)?.childForFieldName("right") ?? node) : node;
      const isClosed = [...namesIn(value)].every((name) => !all.has(name) || bound.has(name));
      bound.add(assignedName(node));
      return isClosed;
    });
  });
}

/** The `x` of `x = ...`. */
function assignedName(node: SyntaxNode): string | null {
  const assignment = node.type === "expression_statement" ? node.namedChild(0) : null;
  const target = assignment?.type === "assignment" ? assignment.childForFieldName("left") : null;
  return target?.type === "identifier" ? target.text : null;
}

function namesIn(node: SyntaxNode): ReadonlySet<string> {
  return new Set([
    ...(node.type === "identifier" ? [node.text] : []),
    ...node.descendantsOfType("identifier").map(({ text }) => text),
  ]);
}

function written({ setUp, assertions }: ReadSegment): Segment {
  const textOf = (statements: readonly ReadStatement[]) => statements.map(({ text }) => text).join("\n");
  return { setUp: setUp.map(({ text }) => text), assertions: [...new Set(assertions.map(textOf))] };
}
