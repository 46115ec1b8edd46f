import { diffArrays } from "diff";
import { isTerm, saysNothing } from "./licence-rest.js";
import { licenceTemplates, runsOf, type Template } from "./licence-templates.js";
import { type Word, wordsOf } from "./licence-words.js";

/** What a text says of licences. */
export interface RecognisedText {
  /**
   * The licences that it holds, as SPDX identifiers, where it holds nothing else: every one of them binds. A text says
   * which version it is, never whether a later one may be chosen: `-only` is the strict reading.
   */
  readonly licences: readonly string[];
  /** A licence that it holds in other words, or with other terms beside it; null where it is whole, or like none. */
  readonly altered: { readonly licence: string; readonly excerpt: string } | null;
}

/** The licences whose text a file holds, and nothing but that; empty where it may say more or less. */
export function recogniseLicences(text: string): string[] {
  return [...readLicenceText(text).licences];
}

/** Compares a text with the licences that SPDX lists, word by word, to its end. */
export function readLicenceText(text: string): RecognisedText {
  let rest = wordsOf(text);
  let runs = new Set(runsOf(rest.map(({ word }) => word)));
  const found: string[] = [];
  let like: { readonly licence: string; readonly excerpt: string; readonly share: number } | null = null;
  for (const template of licenceTemplates()) {
    while (true) {
      const share = shareOf(template, runs);
      if (share < LIKE) break;
      const match = share < PRESENT ? null : matchTemplate(template, rest, text);
      if (match === null || "foreign" in match) {
        if (like === null || share > like.share)
          like = { licence: template.id, excerpt: match?.foreign ?? text, share };
        break;
      }
      if (!found.includes(template.id)) found.push(template.id);
      rest = match.rest;
      runs = new Set(runsOf(rest.map(({ word }) => word)));
    }
  }
  const first = fragments(rest, text).find((fragment) => !saysNothing(fragment, found));
  const whole = found.length > 0 && first === undefined;
  // Where a licence was found whole, others that are only like it are no concern.
  if (whole) return { licences: inOrder(found), altered: null };
  const licence = found[0] ?? like?.licence;
  return {
    licences: [],
    altered:
      licence === undefined
        ? null
        : { licence, excerpt: shorten(found.length > 0 ? (first ?? "") : (like?.excerpt ?? "")) },
  };
}

/** Shares of a licence's runs of words that a text must hold to be compared, and to be told to be like it. */
const PRESENT = 0.75;
const LIKE = 0.5;

/** LGPL 3 is a set of permissions on top of GPL 3, and stands in one file with it. */
function inOrder(found: readonly string[]): string[] {
  const order = new Map(
    licenceTemplates()
      .toReversed()
      .map(({ id }, at) => [id, at]),
  );
  const sorted = found.toSorted((one, other) => (order.get(one) ?? 0) - (order.get(other) ?? 0));
  return sorted.includes("LGPL-3.0-only") ? sorted.filter((id) => id !== "GPL-3.0-only") : sorted;
}

function shareOf({ runs, optionalFrom, words }: Template, there: ReadonlySet<string>): number {
  const needed = optionalFrom < words.length ? runs.slice(0, Math.max(1, optionalFrom - 3)) : runs;
  return needed.filter((run) => there.has(run)).length / needed.length;
}

/** The words that are left when the licence is taken out; or what stands in it that is none of its words. */
function matchTemplate(
  template: Template,
  words: readonly Word[],
  text: string,
): { readonly rest: Word[] } | { readonly foreign: string } | null {
  const [start, end] = window(template, words);
  const inside = words.slice(start, end);
  const changes = diffArrays(
    [...template.words],
    inside.map(({ word }) => word),
    { maxEditLength: mostEdits(template) },
  );
  if (changes === undefined) return null;
  let [before, at] = [0, 0];
  const outside: Word[] = [];
  for (const [place, change] of changes.entries()) {
    if (change.removed) {
      const next = changes[place + 1];
      if (!mayBeLeftOut(change.value, template, before))
        return {
          foreign:
            `without "${change.value.join(" ").slice(0, 100)}"` +
            (next?.added === true ? `, but "${next.value.join(" ").slice(0, 100)}"` : ""),
        };
      before += change.count;
    } else if (change.added) {
      const added = inside.slice(at, at + change.count);
      const isAround =
        changes.slice(0, place).every(({ added: a, removed: r }) => a || r) ||
        changes.slice(place + 1).every(({ added: a, removed: r }) => a || r);
      const isReplaced = changes[place - 1]?.removed === true || changes[place + 1]?.removed === true;
      const fragment = sliceOf(added, text);
      if (
        !isAround &&
        !(isReplaced ? isName(change.value) : isFiller(change.value)) &&
        ![fragment, linesOf(added, text)].some((each) => saysNothing(each, [template.id]))
      )
        return { foreign: fragment };
      if (isAround) outside.push(...added);
      at += change.count;
    } else {
      before += change.count;
      at += change.count;
    }
  }
  return { rest: [...words.slice(0, start), ...outside, ...words.slice(end)] };
}

/**
 * Where in a text the licence stands: from its first run of words to its last, without a gap in which much else stands.
 */
function window({ runs, words: own, optionalFrom }: Template, words: readonly Word[]): [start: number, end: number] {
  const wanted = new Set(runs);
  const there = runsOf(words.map(({ word }) => word)).flatMap((run, at) => (wanted.has(run) ? [at] : []));
  const clusters: number[][] = [];
  for (const at of there) {
    const last = clusters.at(-1);
    if (last !== undefined && at - (last.at(-1) ?? 0) < GAP && at - (last[0] ?? 0) < own.length * 1.3 + GAP)
      last.push(at);
    else clusters.push([at]);
  }
  const [best = []] = clusters.toSorted((one, other) => other.length - one.length);
  const runAt = (at: number) =>
    words
      .slice(at, at + 4)
      .map(({ word }) => word)
      .join(" ");
  const start = best.find((at) => runs.slice(0, 5).includes(runAt(at))) ?? best[0] ?? 0;
  const end =
    best.findLast((at) => at > start + optionalFrom / 2 && runs.slice(-5).includes(runAt(at))) ?? best.at(-1) ?? 0;
  return [Math.max(0, start - 5), Math.min(words.length, end + 4 + (optionalFrom < own.length ? 40 : 5))];
}

const GAP = 60;

/** More than names and small words come to is another text, which need not be compared to its end. */
function mostEdits({ words, optionalFrom }: Template): number {
  return 100 + Math.floor(words.length / 50) + words.length - optionalFrom;
}

/** Names of who holds the rights, small words, numbers of a list, and what comes after the terms. */
function mayBeLeftOut(removed: readonly string[], { optionalFrom }: Template, at: number): boolean {
  return at >= optionalFrom || removed.every((word) => filler.has(word) || isNumber(word));
}

function isName(added: readonly string[]): boolean {
  return added.length <= 15 && !added.some((word) => isTerm(word) && !filler.has(word));
}

function isFiller(added: readonly string[]): boolean {
  return (
    added.every((word) => filler.has(word) || isNumber(word)) || added.join(" ") === "including the next paragraph"
  );
}

function isNumber(word: string): boolean {
  return /^(?:\d{1,2}|[a-zivx]{1,3})$/u.test(word) && !isTerm(word);
}

const filler: ReadonlySet<string> = new Set(
  `
  the a an of and or nor its their his her this that these any above such by in to is are be copyright holder holders
  owner owners author authors contributor contributors name names organization organisation company regents university
  california berkeley isc psf year yyyy fullname project foundation license inc document documents software package
`
    .trim()
    .split(/\s+/u),
);

/** What stands together in the text, and is left. */
function fragments(words: readonly Word[], text: string): string[] {
  const found: Word[][] = [];
  for (const word of words) {
    const last = found.at(-1);
    const previous = last?.at(-1);
    if (
      last !== undefined &&
      previous !== undefined &&
      !/[\p{L}\p{N}]{2}/u.test(withoutAddresses(text.slice(previous.end, word.start)))
    )
      last.push(word);
    else found.push([word]);
  }
  return found.map((each) => sliceOf(each, text));
}

function withoutAddresses(text: string): string {
  return text.replaceAll(/(?:https?:|www\.)[^\s<>()]+/gu, "");
}

/** The text from the first word to the last; from the beginning of the line where only signs stand before it. */
function sliceOf(words: readonly Word[], text: string): string {
  const [first] = words;
  const last = words.at(-1);
  if (first === undefined || last === undefined) return "";
  const line = text.slice(text.lastIndexOf("\n", first.start - 1) + 1, first.start);
  const lead = /[\p{L}\p{N}]/u.test(line) ? "" : line;
  return lead + text.slice(first.start, last.end);
}

/** The whole lines that some words stand in. */
function linesOf(words: readonly Word[], text: string): string {
  const end = text.indexOf("\n", words.at(-1)?.end ?? 0);
  return text.slice(text.lastIndexOf("\n", (words[0]?.start ?? 0) - 1) + 1, end < 0 ? text.length : end);
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  return line.length <= 120 ? line : `${line.slice(0, 119)}…`;
}
