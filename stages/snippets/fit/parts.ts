import type { OutlineRules } from "../lib/outlines.js";
import { outlineOf, type Range, textOf } from "../lib/outline.js";

/** A part of a text that can stand alone. */
export interface Part {
  readonly text: string;
  readonly tokens: number;
  /** First and last line in the whole text, 1-based; the head that is carried along is not among them. */
  readonly lines: readonly [number, number];
}

interface Division {
  readonly rules: OutlineRules;
  /** Tokens of the longest part. */
  readonly most: number;
  readonly count: (texts: readonly string[]) => Promise<readonly number[]>;
}

/**
 * The text as a whole where it fits; else its units in as few parts as they fit into, in order, each behind the head. A
 * unit that alone is too long is divided at what stands in it, with its first line and its last. What then is too long
 * still is answered as it is.
 */
export async function partsOf(text: string, { rules, most, count }: Division): Promise<readonly Part[]> {
  const [whole = 0] = await count([text]);
  const { lines, header, units } = outlineOf(text, rules);
  if (whole <= most) return [{ text, tokens: whole, lines: [1, lines.length] }];

  const head = textOf(lines, header);
  const measured = await measure(units.map((unit) => textOf(lines, unit)));
  const [headTokens = 0] = head === "" ? [] : await count([head]);
  const pieces = await Promise.all(
    units.map(async (unit, index) => {
      const tokens = measured[index] ?? 0;
      return tokens + headTokens <= most ? [piece(unit, tokens)] : await divided(unit, most - headTokens);
    }),
  );
  const packed = pack(pieces.flat(), most - headTokens);
  const texts = packed.map((group) =>
    [head, ...group.map(({ body }) => body)].filter((each) => each !== "").join("\n\n"),
  );
  const counts = await measure(texts.map((each) => `${each}\n`));
  return packed.map((group, index) => ({
    text: `${texts[index] ?? ""}\n`,
    tokens: counts[index] ?? 0,
    lines: [firstLine(group[0]?.range), lastLine(group.at(-1)?.range)],
  }));

  async function measure(bodies: readonly string[]): Promise<readonly number[]> {
    return bodies.length === 0 ? [] : await count(bodies);
  }

  function piece(range: Range, tokens: number): Piece {
    return { body: textOf(lines, range), tokens, range };
  }

  function firstLine(range: Range | undefined): number {
    let from = range?.from ?? 0;
    while (from < lines.length - 1 && (lines[from] ?? "").trim() === "") from += 1;
    return from + 1;
  }

  function lastLine(range: Range | undefined): number {
    let to = range?.to ?? lines.length;
    while (to > 1 && (lines[to - 1] ?? "").trim() === "") to -= 1;
    return to;
  }

  /** The parts of a definition, each with its first line and, where that closes it, its last. */
  async function divided(unit: Range, room: number): Promise<Piece[]> {
    const inner = innerOf(lines, unit);
    if (inner === null) return [piece(unit, (await count([textOf(lines, unit)]))[0] ?? 0)];
    const frame = [textOf(lines, inner.opening), inner.closing === null ? "" : textOf(lines, inner.closing)];
    const [opening = 0, closing = 0] = await count(frame);
    const counts = await count(inner.units.map((each) => lines.slice(each.from, each.to).join("\n")));
    const groups = pack(
      inner.units.map((range, index) => ({ body: "", tokens: counts[index] ?? 0, range })),
      room - opening - closing,
    );
    return groups.map((group) => {
      const range = { from: group[0]?.range.from ?? unit.from, to: group.at(-1)?.range.to ?? unit.to };
      const tokens = group.reduce((sum, each) => sum + each.tokens, opening + closing);
      return {
        body: [frame[0], textOf(lines, range), frame[1]].filter((each) => each !== "").join("\n"),
        tokens,
        range,
      };
    });
  }
}

interface Piece {
  readonly body: string;
  readonly tokens: number;
  readonly range: Range;
}

/** In order, as many to a group as there is room for. */
function pack(pieces: readonly Piece[], room: number): Piece[][] {
  const groups: Piece[][] = [];
  let left = 0;
  for (const each of pieces) {
    const last = groups.at(-1);
    if (last !== undefined && each.tokens + 2 <= left) {
      last.push(each);
      left -= each.tokens + 2;
    } else {
      groups.push([each]);
      left = room - each.tokens;
    }
  }
  return groups;
}

/** What stands in a definition at its first indentation, told at blank lines; null where that is one thing. */
function innerOf(
  lines: readonly string[],
  unit: Range,
): { readonly opening: Range; readonly closing: Range | null; readonly units: readonly Range[] } | null {
  const isIn = (index: number) => /^\s/u.test(lines[index] ?? "");
  let first = unit.from;
  while (first < unit.to && (!isIn(first) || (lines[first] ?? "").trim() === "")) first += 1;
  let last = unit.to;
  while (last > first && (lines[last - 1] ?? "").trim() === "") last -= 1;
  const closes = last > first && /^[)}\]]|^end\b/u.test(lines[last - 1] ?? "") ? last - 1 : null;
  const end = closes ?? last;
  const indentation = /^\s*/u.exec(lines[first] ?? "")?.[0].length ?? 0;
  const borders = [first];
  for (let index = first + 1; index < end; index += 1) {
    const line = lines[index] ?? "";
    const isAtBorder = (lines[index - 1] ?? "").trim() === "" && line.trim() !== "";
    if (isAtBorder && (/^\s*/u.exec(line)?.[0].length ?? 0) <= indentation && !/^\s*[)}\]]/u.test(line))
      borders.push(index);
  }
  if (borders.length < 2) return null;
  return {
    opening: { from: unit.from, to: first },
    closing: closes === null ? null : { from: closes, to: closes + 1 },
    units: borders.map((from, index) => ({ from, to: borders[index + 1] ?? end })),
  };
}
