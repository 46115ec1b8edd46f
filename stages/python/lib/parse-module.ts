import type { PythonModule } from "./module.js";
import { normaliseText, parsePython, type SyntaxNode, type Tree } from "./parser.js";
import { readModule } from "./read-module.js";
import { rowsInsideStrings } from "./source-text.js";

/** What could be read of a Python text, and where it could not be. */
export interface ParsedModule {
  readonly module: PythonModule;
  /** Top-level statements that could not be read, which the module is without; in file order. */
  readonly broken: readonly BrokenStatement[];
}

interface BrokenStatement {
  /** Where the first error in it stands, 1-based. */
  readonly line: number;
  /** Its first line. */
  readonly excerpt: string;
}

/**
 * Reads a Python text. What holds a syntax error is left out, one top-level statement at a time: the rest of the file
 * is read as if it were not there.
 */
export function parseModule(source: string): ParsedModule {
  const text = normaliseText(source);
  const tree = parsePython(text);
  if (!tree.rootNode.hasError) return { module: readModule(text, tree), broken: [] };

  const { remaining, broken } = withoutBrokenStatements(text, tree);
  return { module: readModule(remaining, parsePython(remaining)), broken };
}

/** The text with blank lines where a statement is broken, so that all positions by line stay as they are. */
function withoutBrokenStatements(text: string, tree: Tree): { remaining: string; broken: BrokenStatement[] } {
  const broken: BrokenStatement[] = [];
  const lines = text.split("\n");
  const starts = [...statementStarts(lines, rowsInsideStrings(tree.rootNode)), lines.length];
  let previousIsBroken = false;
  const remaining = starts
    .slice(0, -1)
    .flatMap((start, index) => {
      const statement = lines.slice(start, starts[index + 1]);
      const { rootNode } = parsePython(statement.join("\n"));
      if (!rootNode.hasError) {
        previousIsBroken = false;
        return statement;
      }
      // An error that runs over several statements is one error.
      if (!previousIsBroken)
        broken.push({ line: start + 1 + firstError(rootNode).startPosition.row, excerpt: statement[0] ?? "" });
      previousIsBroken = true;
      return statement.map(() => "");
    })
    .join("\n");
  return parsePython(remaining).rootNode.hasError ? { remaining: "", broken } : { remaining, broken };
}

/** Rows at which a top-level statement begins, decorators included; the first is row 0. */
function statementStarts(lines: readonly string[], insideStrings: ReadonlySet<number>): number[] {
  const starts = [0];
  let afterDecorator = false;
  for (const [row, line] of lines.entries()) {
    if (row === 0 || insideStrings.has(row) || !/^[@\p{L}_]/u.test(line)) continue;
    if (!afterDecorator && !/^(?:elif|else|except|finally)\b/u.test(line)) starts.push(row);
    afterDecorator = line.startsWith("@");
  }
  return starts;
}

function firstError(node: SyntaxNode): SyntaxNode {
  if (node.type === "ERROR" || node.isMissing) return node;
  const child = node.children.find(({ hasError, isMissing }) => hasError || isMissing);
  return child === undefined ? node : firstError(child);
}
