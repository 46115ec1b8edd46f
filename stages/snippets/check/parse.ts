import { createRequire } from "node:module";
import type Parser from "tree-sitter";
import type { CheckEvidence } from "../lib/check-evidence.js";

/** Grammars of tree-sitter by language: the package, and the name of the grammar where a package has several. */
const grammars: Readonly<Record<string, readonly [packageName: string, grammar?: string]>> = {
  python: ["tree-sitter-python"],
  javascript: ["tree-sitter-javascript"],
  typescript: ["tree-sitter-typescript", "typescript"],
  go: ["tree-sitter-go"],
  rust: ["tree-sitter-rust"],
  java: ["tree-sitter-java"],
  c: ["tree-sitter-c"],
  cpp: ["tree-sitter-cpp"],
  shell: ["tree-sitter-bash"],
  ruby: ["tree-sitter-ruby"],
  php: ["tree-sitter-php", "php"],
};

/** A language's grammar, as it is installed beside this toolkit. */
export interface Grammar {
  readonly evidence: CheckEvidence;
  /** Line of the first thing that the grammar does not know, 1-based; null where it knows all of the text. */
  readonly faultIn: (text: string) => number | null;
}

const loaded = new Map<string, Grammar | null>();

/** The grammar of a language; null where none is installed. */
export function grammarOf(language: string): Grammar | null {
  const known = loaded.get(language);
  if (known !== undefined) return known;
  const grammar = load(language);
  loaded.set(language, grammar);
  return grammar;
}

/** Grammars are native libraries: they are loaded by the first text that wants one, and most are not installed. */
function load(language: string): Grammar | null {
  const [name, part] = grammars[language] ?? [];
  if (name === undefined) return null;
  const require = createRequire(import.meta.url);
  try {
    const module = require(name) as Readonly<Record<string, unknown>>;
    const { version } = require(`${name}/package.json`) as { readonly version: string };
    const TreeSitter = require("tree-sitter") as typeof Parser;
    const parser = new TreeSitter();
    parser.setLanguage((part === undefined ? module : module[part]) as Parser.Language);
    return {
      evidence: { type: "check", tool: name, version, level: "parse" },
      // The default buffer takes 32 KB, and a longer text is an error.
      faultIn: (text) => firstFault(parser.parse(text, null, { bufferSize: text.length * 2 + 1024 }).rootNode),
    };
  } catch {
    return null;
  }
}

function firstFault(node: Parser.SyntaxNode): number | null {
  if (!node.hasError) return null;
  const inner = node.children.map(firstFault).find((line) => line !== null);
  return inner ?? node.startPosition.row + 1;
}
