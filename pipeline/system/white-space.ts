/** What may hold lines of its own: of these, one that is not closed on its line goes on to the line that closes it. */
const openers = ['"""', "'''", "`", '"'] as const;
type Opener = (typeof openers)[number];

/**
 * A text without the white space that hardly ever means something: blank lines, ends of lines, how deep an indentation
 * is (not which line stands under which), and more than one space between words. What stands between quotes is left as
 * it is, since there it is a value; where it cannot be told, it counts as one. Two texts that are equal by this may be
 * taken for the same in any language, and in prose; two that are not may still be.
 */
export function withoutFreeSpace(text: string): string {
  const levels = new Levels();
  const kept: string[] = [];
  let inside: Opener | null = null;
  for (const line of text.replaceAll("\r\n", "\n").split("\n")) {
    if (inside !== null) {
      kept.push(line);
      if (isOdd(line, inside)) inside = null;
      continue;
    }
    if (line.trim() === "") continue;
    inside = openers.find((opener) => isOdd(line, opener)) ?? null;
    // A text that goes on in the next line may end in spaces.
    const body = inside === null ? withSingleSpaces(trimmed(line)) : withOpenEnd(line.replace(/^[ \t\f\v]+/u, ""));
    kept.push(`${levels.of(line)}:${body}`);
  }
  return kept.join("\n");
}

/** How many lines each line stands under, as Python counts it, less those that the first one does. */
class Levels {
  readonly #widths = [0];
  #first: number | null = null;

  of(line: string): number {
    const width = indentation(line);
    while (width < (this.#widths.at(-1) ?? 0)) this.#widths.pop();
    if (width > (this.#widths.at(-1) ?? 0)) this.#widths.push(width);
    this.#first ??= this.#widths.length;
    return this.#widths.length - this.#first;
  }
}

/** Columns; a tab goes to the next multiple of 8. */
function indentation(line: string): number {
  let width = 0;
  for (const character of line) {
    if (character === " ") width += 1;
    else if (character === "\t") width += 8 - (width % 8);
    else break;
  }
  return width;
}

/** One space between words, but for what stands between the first and the last quote of the line. */
function withSingleSpaces(line: string): string {
  const quotes = [...line.matchAll(/["'`]/gu)].map(({ index }) => index);
  const [first, last] = [quotes[0], quotes.at(-1)];
  if (first === undefined || last === undefined) return single(line);
  if (first === last) return withOpenEnd(line);
  return `${single(line.slice(0, first))}${line.slice(first, last)}${single(line.slice(last))}`;
}

/** A line in which a text may begin that ends in another line. */
function withOpenEnd(line: string): string {
  const first = /["'`]/u.exec(line)?.index ?? line.length;
  return `${single(line.slice(0, first))}${line.slice(first)}`;
}

function single(text: string): string {
  return text.replaceAll(/[ \t\f\v]+/gu, " ");
}

function trimmed(line: string): string {
  return line.replaceAll(/^[ \t\f\v]+|[ \t\f\v]+$/gu, "");
}

/** Whether a line opens or closes a text of its own. Three backquotes are a fence of Markdown, which quotes nothing. */
function isOdd(line: string, opener: Opener): boolean {
  const times = (pattern: RegExp) => [...line.matchAll(pattern)].length;
  const count = opener === '"' ? times(/"/gu) - 3 * times(/"""/gu) : times(patterns[opener]);
  return count % 2 === 1;
}

const patterns = { '"""': /"""/gu, "'''": /'''/gu, "`": /(?<!`)`(?!`)/gu } as const;
