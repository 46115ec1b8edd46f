import { sha256 } from "../../../pipeline/system/hash.js";
import { type LanguageFacts, languageTable } from "../../../stages/read/lib/languages.js";

/** A text with an error in it, and what the error is. */
interface Planted {
  readonly text: string;
  readonly what: string;
}

/**
 * Plants one syntax error in a text of code: a bracket is taken away, or one that fits nowhere is put in, at a place
 * that the path's hash chooses among those that are code for certain: neither comment nor text. null where there is
 * none.
 */
export function plant(text: string, language: string, path: string): Planted | null {
  const code = withoutTextAndComments(text, language);
  const places = [...code.matchAll(language === "shell" ? keyword : bracket)];
  const [first = 0, second = 0] = [sha256(path), sha256(`${path} kind`)].map((hash) => parseInt(hash.slice(0, 8), 16));
  const found = places[first % places.length];
  if (found === undefined) return null;
  const [word] = found;
  const place = found.index;
  const line = text.slice(0, place).split("\n").length;
  return second % 2 === 0
    ? { text: text.slice(0, place) + text.slice(place + word.length), what: `without the ${word} in line ${line}` }
    : {
        text: `${text.slice(0, place)}${word}\n${text.slice(place)}`,
        what: `with another ${word} in line ${line}`,
      };
}

const bracket = /[()[\]{}]/gu;
/** In a shell brackets are words like others: keywords open and close, here those with a line of their own. */
const keyword = /(?<=^[ \t]*)(?:then|fi|do|done|esac)(?=[ \t]*$)/gmu;

/** The text with blanks in the place of what is, or may be, no code: positions stay. */
function withoutTextAndComments(text: string, language: string): string {
  const { lineComment, blockComment }: LanguageFacts = languageTable[language as keyof typeof languageTable];
  const quoted = [
    ...(blockComment === null ? [] : [`${escaped(blockComment[0])}[^]*?${escaped(blockComment[1])}`]),
    '"""[^]*?"""',
    "'''[^]*?'''",
    "`[^`]*`",
    String.raw`"(?:[^"\\\n]|\\[^])*"`,
    String.raw`'(?:[^'\\\n]|\\[^])*'`,
    ...(lineComment === null ? [] : [`${escaped(lineComment)}.*`]),
  ];
  const blanked = text.replaceAll(new RegExp(quoted.join("|"), "gu"), blank);
  const certain = language === "c" || language === "cpp" ? withoutConditions(blanked) : blanked;
  // A line with anything left that quotes, escapes or begins a pattern is not counted on, nor is the preprocessor's.
  return certain
    .split("\n")
    .map((line) => (/["'`\\$#]|\/|^\s*#/u.test(line) ? " ".repeat(line.length) : line))
    .join("\n");
}

/** The text with blanks where the preprocessor decides: in macros and conditions, but for the guard of a header. */
function withoutConditions(text: string): string {
  let depth = 0;
  let isMacro = false;
  return text
    .split("\n")
    .map((line) => {
      if (/^\s*#\s*if/u.test(line)) depth += 1;
      if (/^\s*#\s*endif/u.test(line)) depth -= 1;
      const isOut = depth > 1 || isMacro;
      isMacro = (isMacro || /^\s*#/u.test(line)) && line.trimEnd().endsWith("\\");
      return isOut ? blank(line) : line;
    })
    .join("\n");
}

function blank(part: string): string {
  return part
    .split("\n")
    .map((line) => " ".repeat(line.length))
    .join("\n");
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/gu, String.raw`\$&`);
}
