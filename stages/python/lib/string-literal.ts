import { type CharacterNames, noCharacterNames } from "./character-names.js";
import type { SyntaxNode } from "./parser.js";

/**
 * The value of a `string` or `concatenated_string` node; null for bytes and f-strings, whose value is no constant text.
 *
 * @param named what `\N{...}` stands for; a name that is not in it stays as written
 */
export function stringValue(node: SyntaxNode, named: CharacterNames = noCharacterNames): string | null {
  if (node.type === "string") return literalValue(node.text, named);
  const parts = node.namedChildren.filter(({ type }) => type === "string").map(({ text }) => literalValue(text, named));
  return parts.every((part) => part !== null) ? parts.join("") : null;
}

/** A Python literal for a text, quoted as `repr` does. */
export function quoteString(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value
    .replaceAll(/[\\\n\r\t\p{Cc}\u007F-\u00A0\u2028\u2029]/gu, escapeCharacter)
    .replaceAll(quote, `\\${quote}`);
  return quote + escaped + quote;
}

function literalValue(literal: string, named: CharacterNames): string | null {
  const [, prefix = "", body = ""] =
    /^(\w*)("""|'''|"|')/u.exec(literal) === null
      ? []
      : (/^(\w*)(?:"""([\s\S]*)"""|'''([\s\S]*)'''|"([\s\S]*)"|'([\s\S]*)')$/u
          .exec(literal)
          ?.filter((group) => group !== undefined) ?? []);
  if (/[bft]/iu.test(prefix)) return null;
  return /r/iu.test(prefix) ? body : body.replaceAll(escape, (written) => unescape(written, named));
}

const escape = /\\(?:N\{[^{}\n]+\}|\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\\'"abfnrtv])/gu;

const simpleEscapes: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function unescape(written: string, named: CharacterNames): string {
  const code = written.slice(1);
  if (code.startsWith("N")) return named.get(code.slice(2, -1).toUpperCase()) ?? written;
  const simple = simpleEscapes[code];
  if (simple !== undefined) return simple;
  const number = /^[0-7]/u.test(code) ? Number.parseInt(code, 8) : Number.parseInt(code.slice(1), 16);
  return number <= 0x10_ff_ff ? String.fromCodePoint(number) : written;
}

function escapeCharacter(character: string): string {
  const named: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  const code = character.codePointAt(0) ?? 0;
  return (
    named[character] ??
    (code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`)
  );
}
