import { literal, oneOf } from "./gbnf.js";

/** A set of characters, as ranges of code points, both ends included. */
export type CodePoints = readonly (readonly [number, number])[];

const last = 0x10ffff;
/** Halves of characters beyond the first 65,536, which stand for nothing alone. */
const surrogates: CodePoints = [[0xd800, 0xdfff]];
const controls: CodePoints = [[0, 0x1f]];
/** What a JSON string does not hold as it stands. */
export const escaped: CodePoints = [...controls, [0x22, 0x22], [0x5c, 0x5c]];

/** All characters but these. */
export function others(set: CodePoints): CodePoints {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of [...set, ...surrogates].toSorted(([a], [b]) => a - b)) {
    if (from > next) rest.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  return next <= last ? [...rest, [next, last]] : rest;
}

/** The characters that are in both. */
export function intersection(one: CodePoints, other: CodePoints): CodePoints {
  return one.flatMap(([from, to]) =>
    other.flatMap(([start, end]): [number, number][] =>
      Math.max(from, start) <= Math.min(to, end) ? [[Math.max(from, start), Math.min(to, end)]] : [],
    ),
  );
}

/** The code point of each character of a text, as a set. */
export function pointsOf(text: string): CodePoints {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return [code, code];
  });
}

/**
 * One character of the set as it stands in a JSON string, in GBNF: with a backslash where JSON wants one. Of a set that
 * holds all control characters, those that nobody writes are left out. null: the set is empty.
 */
export function inJsonString(set: CodePoints): string | null {
  const plain = intersection(set, others(escaped));
  const isWide = count(intersection(set, controls)) === count(controls);
  const behindBackslash = intersection(set, isWide ? [...pointsOf('\t\n"\\')] : escaped).flatMap(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, index) => JSON.stringify(String.fromCodePoint(from + index))),
  );
  const alternatives = [
    ...(plain.length === 0 ? [] : [`[${plain.map(range).join("")}]`]),
    ...behindBackslash.map((text) => literal(text.slice(1, -1))),
  ];
  return alternatives.length === 0 ? null : oneOf(alternatives);
}

function count(set: CodePoints): number {
  return set.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

function range([from, to]: readonly [number, number]): string {
  return from === to ? point(from) : `${point(from)}-${point(to)}`;
}

function point(code: number): string {
  const character = String.fromCodePoint(code);
  if (/[A-Za-z0-9]/u.test(character)) return character;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
