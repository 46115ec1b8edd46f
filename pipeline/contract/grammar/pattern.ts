import { type CodePoints, inJsonString, intersection, others, pointsOf } from "./code-points.js";
import { mostRepetitions, oneOf, times } from "./gbnf.js";

/** What no grammar can tell of a regular expression, or what is wrong with it. */
export class PatternFault extends Error {}

/**
 * What a JSON string holds, between its quotation marks, that a regular expression matches, in GBNF. As JSON Schema has
 * it, one without ^ or $ is found anywhere in the string.
 *
 * @param char name of the rule for any character of a string
 */
export function patternBody(pattern: string, char: string): string {
  try {
    void new RegExp(pattern);
  } catch (error) {
    throw new PatternFault(error instanceof Error ? error.message : String(error));
  }
  return new Pattern(pattern, char).read();
}

const digit: CodePoints = [[0x30, 0x39]];
const word: CodePoints = [...digit, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const space: CodePoints = pointsOf("\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff").concat([
  [0x2000, 0x200a],
]);
const lineEnd = pointsOf("\n\r\u2028\u2029");

/** Classes that are written as one letter. */
const classes: Readonly<Record<string, CodePoints>> = {
  d: digit,
  D: others(digit),
  w: word,
  W: others(word),
  s: space,
  S: others(space),
};
const controls: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", v: "\v", f: "\f", "0": "\0" };

/** Reads a regular expression that is one, from left to right. */
class Pattern {
  #at = 0;
  #depth = 0;

  constructor(
    private readonly pattern: string,
    private readonly char: string,
  ) {}

  read(): string {
    const alternatives = [this.#found()];
    while (this.#takes("|")) alternatives.push(this.#found());
    return oneOf(alternatives);
  }

  /** An alternative of the whole: what is not tied to an end of the string may have anything there. */
  #found(): string {
    const anything = times(this.char, 0, null);
    const before = this.#takes("^") ? [] : [anything];
    const found = this.#sequence();
    const after = this.#takes("$") ? [] : [anything];
    if (!this.#isOver && this.pattern[this.#at] !== "|") throw new PatternFault("$ stands in the middle of it");
    return [...before, found, ...after].join(" ");
  }

  #sequence(): string {
    const parts: string[] = [];
    while (!this.#isOver && !"|)$".includes(this.#next)) parts.push(this.#repeated());
    return parts.length === 0 ? '""' : parts.join(" ");
  }

  #repeated(): string {
    const part = this.#part();
    const [written, least = "", comma, most = ""] =
      /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/u.exec(this.pattern.slice(this.#at)) ?? [];
    if (written === undefined) return part;
    this.#at += written.length;
    this.#takes("?"); // how much of the text it prefers to take: the same texts match
    const bounds: readonly [number, number | null] =
      written === "*"
        ? [0, null]
        : written === "+"
          ? [1, null]
          : written === "?"
            ? [0, 1]
            : [Number(least), comma === "" ? Number(least) : most === "" ? null : Number(most)];
    if (Math.max(bounds[0], bounds[1] ?? 0) > mostRepetitions)
      throw new PatternFault(`${written} repeats more than ${mostRepetitions} times`);
    return times(part, ...bounds);
  }

  #part(): string {
    const sign = this.#take();
    switch (sign) {
      case "(":
        return this.#group();
      case "[":
        return this.#one(this.#class());
      case ".":
        return this.#one(others(lineEnd));
      case "^":
        throw new PatternFault("^ stands in the middle of it");
      case "\\":
        return this.#one(this.#escape());
      default:
        return this.#one(pointsOf(sign));
    }
  }

  #group(): string {
    const [special] = /^\?(?:[=!]|<[=!])/u.exec(this.pattern.slice(this.#at)) ?? [];
    if (special !== undefined) throw new PatternFault(`(${special} looks ahead or behind`);
    const [named] = /^\?(?::|<[^>]*>)/u.exec(this.pattern.slice(this.#at)) ?? [""];
    if (named === "" && this.#next === "?") throw new PatternFault("a group begins with (? and something unknown");
    this.#at += named.length;
    this.#depth += 1;
    if (this.#depth > 50) throw new PatternFault("its groups are nested too deep");
    const alternatives = [this.#sequence()];
    while (this.#takes("|")) alternatives.push(this.#sequence());
    if (!this.#takes(")")) throw new PatternFault("$ stands in the middle of it");
    this.#depth -= 1;
    return `(${alternatives.join(" | ")})`;
  }

  #class(): CodePoints {
    const isNegated = this.#takes("^");
    const set: [number, number][] = [];
    while (!this.#takes("]")) {
      const from = this.#classPart();
      const to = /^-[^\]]/u.test(this.pattern.slice(this.#at)) && from.length === 1 ? this.#rangeEnd() : null;
      set.push(...(to === null || from[0] === undefined ? from : [[from[0][0], to] as const]).map(copy));
    }
    return isNegated ? others(set) : set;
  }

  #rangeEnd(): number {
    this.#at += 1;
    const [end] = this.#classPart();
    return end?.[1] ?? 0;
  }

  #classPart(): CodePoints {
    const sign = this.#take();
    if (sign !== "\\") return pointsOf(sign);
    return this.#takes("b") ? pointsOf("\b") : this.#escape();
  }

  /** What stands behind a backslash. */
  #escape(): CodePoints {
    const sign = this.#take();
    const named = classes[sign];
    if (named !== undefined) return named;
    if (controls[sign] !== undefined) return pointsOf(controls[sign]);
    const length = sign === "x" ? 2 : sign === "u" ? 4 : 0;
    const code = this.pattern.slice(this.#at, this.#at + length);
    if (length > 0 && code.length === length && /^[0-9A-Fa-f]+$/u.test(code)) {
      this.#at += length;
      return pointsOf(String.fromCodePoint(Number.parseInt(code, 16)));
    }
    if (/[A-Za-z1-9]/u.test(sign)) throw new PatternFault(`\\${sign} is not known`);
    return pointsOf(sign);
  }

  #one(set: CodePoints): string {
    const written = inJsonString(intersection(set, others([])));
    if (written === null) throw new PatternFault("a class holds no character that a string can have");
    return written;
  }

  get #isOver(): boolean {
    return this.#at >= this.pattern.length;
  }

  /** The next character, whole. */
  get #next(): string {
    return String.fromCodePoint(this.pattern.codePointAt(this.#at) ?? 0);
  }

  #take(): string {
    const sign = this.#next;
    this.#at += sign.length;
    return sign;
  }

  #takes(sign: string): boolean {
    if (this.#isOver || this.#next !== sign) return false;
    this.#at += sign.length;
    return true;
  }
}

function copy([from, to]: readonly [number, number]): [number, number] {
  return [from, to];
}
