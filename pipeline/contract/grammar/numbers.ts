import { oneOf, times } from "./gbnf.js";

/** What a number may be at least and at most. */
export interface Bounds {
  readonly least: number | null;
  readonly most: number | null;
  /** Whether the bounds themselves are none of them. */
  readonly isOver: boolean;
  readonly isUnder: boolean;
}

/** The longest number that is written: all of fifteen digits are exact as a floating-point number. */
const digits = 15;
const largest = 10 ** digits - 1;

/** Any number, in GBNF: it is a finite one when it is read. */
export const anyNumber = `"-"? ("0" | [1-9] [0-9]{0,${digits - 1}}) ("." [0-9]{1,${digits}})? ([eE] [-+]? [0-9]{1,2})?`;

/** A whole number between the bounds, in GBNF; null: there is none. */
export function wholeNumber({ least, most, isOver, isUnder }: Bounds): string | null {
  const from = Math.max(-largest, least === null ? -largest : isOver ? Math.floor(least) + 1 : Math.ceil(least));
  const to = Math.min(largest, most === null ? largest : isUnder ? Math.ceil(most) - 1 : Math.floor(most));
  if (from > to) return null;
  return oneOf([
    ...(from < 0 ? [`"-" ${between(Math.max(1, -to), -from)}`] : []),
    ...(to >= 0 ? [between(Math.max(0, from), to)] : []),
  ]);
}

/** A number between bounds that are whole numbers, in GBNF; null: there is none. */
export function number({ least, most, isOver, isUnder }: Bounds): string | null {
  const from = Math.max(-largest, least ?? -largest);
  const to = Math.min(largest, most ?? largest);
  const below =
    from < 0 ? magnitude({ from: Math.max(0, -to), to: -from, isOver: isUnder && to <= 0, isUnder: isOver }) : [];
  const above = to >= 0 ? magnitude({ from: Math.max(0, from), to, isOver: isOver && from >= 0, isUnder }) : [];
  const all = [...below.map((each) => `"-" ${each}`), ...above];
  return all.length === 0 ? null : oneOf(all);
}

const fraction = `("." [0-9]{1,${digits}})?`;

/** Numbers without a sign between two whole ones. */
function magnitude(bounds: {
  readonly from: number;
  readonly to: number;
  readonly isOver: boolean;
  readonly isUnder: boolean;
}): string[] {
  const { from, to, isOver, isUnder } = bounds;
  if (from > to || (from === to && (isOver || isUnder))) return [];
  if (from === to) return [exactly(to)];
  const first = isOver ? from + 1 : from;
  return [
    ...(isOver ? [`"${from}." [0-9]{0,${digits - 1}} [1-9]`] : []),
    ...(first <= to - 1 ? [`${between(first, to - 1)} ${fraction}`] : []),
    ...(isUnder ? [] : [exactly(to)]),
  ];
}

function exactly(whole: number): string {
  return `"${whole}" ("." "0"{1,${digits}})?`;
}

/** A whole number from one to another, neither below zero. */
function between(from: number, to: number): string {
  const alternatives: string[] = [];
  /** Lengths of which all numbers are meant, one after the other: one alternative. */
  const whole: number[] = [];
  for (let length = String(from).length; length <= String(to).length; length += 1) {
    const [least, most] = [length === 1 ? 0 : 10 ** (length - 1), 10 ** length - 1];
    if (length > 1 && from <= least && to >= most) whole.push(length);
    else alternatives.push(sameLength(String(Math.max(from, least)), String(Math.min(to, most))));
  }
  const [first] = whole;
  if (first !== undefined) alternatives.push(`[1-9] ${times("[0-9]", first - 1, (whole.at(-1) ?? first) - 1)}`);
  return oneOf(alternatives);
}

/** Digits from one number to another of the same length. */
function sameLength(from: string, to: string): string {
  const [first = "", last = ""] = [from[0], to[0]];
  const [fromRest, toRest] = [from.slice(1), to.slice(1)];
  if (fromRest === "") return digit(Number(first), Number(last));
  if (first === last) return `"${first}" ${sameLength(fromRest, toRest)}`;
  const [isWholeFirst, isWholeLast] = [/^0+$/u.test(fromRest), /^9+$/u.test(toRest)];
  const middle = [Number(first) + (isWholeFirst ? 0 : 1), Number(last) - (isWholeLast ? 0 : 1)] as const;
  return oneOf([
    ...(isWholeFirst ? [] : [`"${first}" ${sameLength(fromRest, fromRest.replaceAll(/\d/gu, "9"))}`]),
    ...(middle[0] <= middle[1] ? [`${digit(...middle)} ${times("[0-9]", fromRest.length, fromRest.length)}`] : []),
    ...(isWholeLast ? [] : [`"${last}" ${sameLength(toRest.replaceAll(/\d/gu, "0"), toRest)}`]),
  ]);
}

function digit(from: number, to: number): string {
  return from === to ? `"${from}"` : `[${from}-${to}]`;
}
