import { createRequire } from "node:module";
import type Parser from "tree-sitter";

/** The syntax tree of a text, as tree-sitter has it. */
export type Tree = Parser.Tree;
/** A node of a syntax tree. Types and fields are named as in the grammar tree-sitter-python. */
export type SyntaxNode = Parser.SyntaxNode;
/** A place in a syntax tree that is moved from node to node: cheaper than nodes where all of a tree is visited. */
export type TreeCursor = Parser.TreeCursor;

/**
 * The syntax tree of a Python text; positions in it are offsets into that string. Never fails: look at
 * `rootNode.hasError`.
 */
export function parsePython(text: string): Tree {
  // The default buffer takes 32 KB, and a longer text is an error.
  return python().parse(text, null, { bufferSize: text.length * 2 + 1024 });
}

/**
 * A text as the parser and Python's own `open()` see it: \n line ends, no byte order mark. Line numbers stay as they
 * are.
 */
export function normaliseText(text: string): string {
  const withoutMark = text.startsWith("\uFEFF") ? text.slice(1) : text;
  return withoutMark.includes("\r") ? withoutMark.replaceAll(/\r\n?/gu, "\n") : withoutMark;
}

let parser: Parser | undefined;

/** The grammar is a native library: it is loaded by the first text, not by an import of this file. */
function python(): Parser {
  if (parser === undefined) {
    const require = createRequire(import.meta.url);
    const TreeSitter = require("tree-sitter") as typeof Parser;
    parser = new TreeSitter();
    parser.setLanguage(require("tree-sitter-python") as Parser.Language);
  }
  return parser;
}
