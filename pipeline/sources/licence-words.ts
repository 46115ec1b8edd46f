/** A word of a licence text, as texts are compared, and where it stands. */
export interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

const commentSigns = /^\s*(?:(?:#+|\/\*+|\/\/+|\*+\/?|;+|--+|\.\.|<!--|>|dnl\b|rem\b)\s*)*/iu;
const bullet = /^(?:\(?(?:\d{1,2}|[a-z])[.)]|[•·-])\s+/iu;

/**
 * The words of a text that say something: without layout, comment signs, bullets, quotation marks, punctuation and
 * addresses, in lower case and one spelling.
 */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let offset = 0;
  for (const line of text.split("\n")) {
    const indent = line.length - line.replace(commentSigns, "").replace(bullet, "").length;
    const spoken = line
      .slice(indent)
      .replaceAll(/(?:https?:|www\.)[^\s<>()]+/gu, (address) => " ".repeat(address.length));
    for (const { 0: found, index } of spoken.matchAll(/[\p{L}\p{N}]+(?:[.'’][\p{L}\p{N}]+)*/gu)) {
      const start = offset + indent + index;
      join(words, { word: spelling(found), start, end: start + found.length });
    }
    offset += line.length + 1;
  }
  return words;
}

function spelling(word: string): string {
  if (/^[\da-z]+$/iu.test(word)) return word.toLowerCase().replace(/^(sub)?licence/u, "$1license");
  return word
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/['’]/gu, "")
    .replace(/^(sub)?licence/u, "$1license");
}

/** "non-infringement" and "noninfringement" are one word. */
function join(words: Word[], next: Word): void {
  const last = words.at(-1);
  if (last !== undefined && (last.word === "non" || last.word === "sub"))
    words[words.length - 1] = { word: last.word + next.word, start: last.start, end: next.end };
  else words.push(next);
}
