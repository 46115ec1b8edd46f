import { parsePython } from "../../../python/lib/parser.js";

/** Code of an answer, as Markdown fences it in. */
export interface FencedCode {
  readonly code: string;
  /** Row of the answer that its first line stands in, from 0. */
  readonly row: number;
  /** Whether its fence is closed: what is not may have been cut. */
  readonly isClosed: boolean;
}

/**
 * The Python that an answer fences in: with three backquotes or tildes or more, indented or not, with or without the
 * name of the language, the last fence perhaps left open. A fence inside a text of the code is text. Where the answer
 * begins with code, as the end of what a prompt has begun, the first fence ends that.
 */
export function fencedPython(answer: string): FencedCode[] {
  const lines = answer.split("\n");
  const found: FencedCode[] = [];
  let row = 0;
  let outside = 0;
  while (row < lines.length) {
    const fence = fenceAt(lines, row, outside);
    if (fence === null) {
      row += 1;
      continue;
    }
    const before = lines.slice(outside, row).join("\n");
    const isEnd = fence.info === "" && holdsTest(before);
    if (holdsTest(before)) found.push({ code: before, row: outside, isClosed: true });
    if (isEnd) {
      row += 1;
    } else {
      const end = closingRow(lines, row + 1, fence);
      if (isPython(fence.language))
        found.push({
          code: withoutIndent(lines.slice(row + 1, end ?? lines.length), fence.indent),
          row: row + 1,
          isClosed: end !== null,
        });
      row = (end ?? lines.length) + 1;
    }
    outside = row;
  }
  return found.filter(
    ({ code }) => !parsePython(code).rootNode.hasError || /^\s*(?:async\s+def|def|class|@|import|from)\b/mu.test(code),
  );
}

/** Whether a text seems to hold a test: a function or a class that is named as one. */
export function holdsTest(code: string): boolean {
  return /^[ \t]*(?:async[ \t]+)?def[ \t]+test|^[ \t]*class[ \t]+Test/mu.test(code);
}

interface Fence {
  readonly indent: number;
  /** ``` or ~~~, as long as it is written. */
  readonly mark: string;
  readonly info: string;
  readonly language: string;
}

function fenceIn(line: string): Fence | null {
  const [, indent = "", mark = "", info = ""] = /^([ \t]*)(`{3,}|~{3,})(.*)$/u.exec(line) ?? [];
  if (mark === "" || (mark.startsWith("`") && info.includes("`"))) return null;
  return {
    indent: indent.length,
    mark,
    info: info.trim(),
    language: /^\{?\s*\.?([\w+#-]*)/u.exec(info.trim())?.[1]?.toLowerCase() ?? "",
  };
}

/** The fence of a row, unless that stands in a text of code that began outside of any fence. */
function fenceAt(lines: readonly string[], row: number, outside: number): Fence | null {
  const fence = fenceIn(lines[row] ?? "");
  if (fence === null) return null;
  const first = lines.slice(outside, row).findIndex(beginsCode);
  if (first === -1) return fence;
  const texts = new LongTexts();
  for (const line of lines.slice(outside + first, row)) texts.read(line);
  return texts.isOpen && texts.ends(lines.slice(row)) ? null : fence;
}

function beginsCode(line: string): boolean {
  return (
    /^(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(|^class[ \t]+\w+|^@\w/u.test(line) ||
    /^import[ \t]+\w|^from[ \t]+[\w.]+[ \t]+import\b/u.test(line)
  );
}

/**
 * The row of the fence that closes one; null where none does. Where a text is never ended, it is the first: what is
 * before it is no Python then.
 */
function closingRow(lines: readonly string[], start: number, { mark, language }: Fence): number | null {
  const texts = new LongTexts();
  let first: number | null = null;
  for (let row = start; row < lines.length; row += 1) {
    const line = lines[row] ?? "";
    const other = fenceIn(line);
    if (other !== null && other.info === "" && other.mark.startsWith(mark)) {
      first ??= row;
      if (!texts.isOpen || !isPython(language)) return row;
    }
    texts.read(line);
  }
  return texts.isOpen ? first : null;
}

function isPython(language: string): boolean {
  return language === "" || language === "pytest" || /^py(?:thon)?[\d.]*$/u.test(language);
}

/** By no more than the fence itself is indented, and the code is. */
function withoutIndent(lines: readonly string[], fenced: number): string {
  const texts = new LongTexts();
  const indents = lines.map((line) => {
    const isInside = texts.isOpen;
    texts.read(line);
    return isInside || line.trim() === "" ? Infinity : line.length - line.trimStart().length;
  });
  const indent = Math.min(fenced, ...indents);
  return lines.map((line) => line.slice(Math.min(indent, line.length - line.trimStart().length))).join("\n");
}

/** Follows Python line by line: whether a text in triple quotes is open. */
class LongTexts {
  #quotes: string | null = null;

  get isOpen(): boolean {
    return this.#quotes !== null;
  }

  read(line: string): void {
    for (let place = 0; place < line.length; place += 1) {
      const character = line[place] ?? "";
      if (character === "\\") place += 1;
      else if (this.#quotes !== null) {
        if (line.startsWith(this.#quotes, place)) {
          place += 2;
          this.#quotes = null;
        }
      } else if (character === "#") return;
      else if (character === '"' || character === "'") place = this.#begin(line, place, character);
    }
  }

  /** Whether the open text is ended in these lines. */
  ends(lines: readonly string[]): boolean {
    const rest = new LongTexts();
    rest.#quotes = this.#quotes;
    return lines.some((line) => {
      rest.read(line);
      return !rest.isOpen;
    });
  }

  /** The place of the last character of what the quote begins; a text in single quotes ends with its line. */
  #begin(line: string, place: number, quote: string): number {
    const triple = quote.repeat(3);
    if (line.startsWith(triple, place)) {
      this.#quotes = triple;
      return place + 2;
    }
    for (let end = place + 1; end < line.length; end += 1) {
      if (line[end] === "\\") end += 1;
      else if (line[end] === quote) return end;
    }
    return line.length;
  }
}
