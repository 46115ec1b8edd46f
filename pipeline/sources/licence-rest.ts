import { licencesOf } from "../contract/spdx.js";
import { wordsOf } from "./licence-words.js";

/**
 * Whether what stands around licences in a file gives and takes nothing: whose work it is, titles, addresses, credits,
 * and sentences that only name a licence that is there. Any other sentence may be a term, whatever its language.
 */
export function saysNothing(text: string, licences: readonly string[]): boolean {
  return text.split(/\n\s*\n/u).every((paragraph) => {
    const sentences = paragraph.replaceAll(/\s+/gu, " ").split(/(?<=[.:;])\s+(?=\p{Lu})/u);
    return (
      linesSayNothing(paragraph.split("\n"), licences) || sentences.every((sentence) => isHarmless(sentence, licences))
    );
  });
}

function linesSayNothing(lines: readonly string[], licences: readonly string[]): boolean {
  return lines.every(
    (line, at) => isHarmless(line, licences) || (isNames(line) && lines.slice(0, at).some(isCopyright)),
  );
}

function isHarmless(text: string, licences: readonly string[]): boolean {
  const words = wordsOf(text).map(({ word }) => word);
  return (
    words.length === 0 ||
    isCopyright(text) ||
    isTitle(words) ||
    isCredit(text) ||
    isStatement(text) ||
    isLead(text) ||
    /^for \S+ software$/iu.test(text.trim()) ||
    isIdentifier(text, licences) ||
    /^\W*all rights (?:are )?reserved\W*$/iu.test(text)
  );
}

/** Whose work it is: years and names. A sentence after them is judged by itself. */
export function isCopyright(text: string): boolean {
  const [, before = "", after] =
    /^(.*?)(?:\bcopyright\b|\bcopr\.|©|\(c\))(.*)$/isu.exec(
      text.replaceAll(/\b(?:original|modified|portions|parts) (?:work |code |are )*(?=copyright\b)/giu, ""),
    ) ?? [];
  if (after === undefined || !isTitle(wordsOf(before).map(({ word }) => word))) return false;
  const [holders = "", ...sentences] = after
    .replaceAll(/all rights (?:are )?reserved|free software foundation/giu, "")
    .split(/(?<=[.;。!?])\s+(?=[^\p{Ll}\s])/u);
  const words = wordsOf(holders).map(({ word }) => word);
  return (
    words.length <= 40 &&
    !words.some((word) => isTerm(word) || verbs.has(word)) &&
    sentences.every((sentence) => isHarmless(sentence, []) || isNames(sentence))
  );
}

const verbs: ReadonlySet<string> = new Set(["is", "are", "be", "been", "was", "were", "has", "have", "do", "does"]);

/** Further holders below a line of copyright. */
function isNames(text: string): boolean {
  const words = text.replaceAll(/<[^>]*>|\([^)]*\)|\S+@\S+/gu, " ").match(/[\p{L}\p{N}]+/gu) ?? [];
  return (
    words.length <= 15 &&
    words.every(
      (word) =>
        /^\p{Lu}|^\p{N}/u.test(word) ||
        /^(?:and|of|the|by|others|contributors|et|al|de|van|von|der|inc|llc|ltd|gmbh)$/u.test(word),
    ) &&
    !words.some((word) => isTerm(word.toLowerCase()))
  );
}

/** Titles of licences and of files that hold some. */
export function isTitle(words: readonly string[]): boolean {
  return (
    words.length <= 14 &&
    words
      .filter((word, at) => !(word === "no" && words[at + 1] === "attribution"))
      .every((word) => titleWords.has(word) || /^(?:v|version)?\.?\d+(?:\.\d+)*$/u.test(word))
  );
}

const titleWords: ReadonlySet<string> = new Set(
  `
  the a of and or for to this under is text full begin end terms conditions condition v version license licenses
  copyright copying notice notices third party acknowledgements credits file project software package library
  mit expat x11 attribution bsd clause new old original revised modified simplified clear zero one two three four
  apache isc iscl 0bsd mozilla public mpl gnu general lesser library affero gpl lgpl agpl free foundation python psf
  zlib libpng boost bsl unlicense dedication domain cc0 universal creative commons eclipse epl european union eupl
  business source busl server side sspl elastic international sharealike noncommercial artistic wtfpl blue oak model
  upl universal permissive mulan zope sil open font ofl ncsa university illinois postgresql legal code
  january february march april may june july august september october november december st nd rd th ltd inc
`
    .trim()
    .split(/\s+/u),
);

/** "This product includes software developed by ...": who is to be thanked, not what is to be done. */
function isCredit(text: string): boolean {
  const credit = creditPattern.exec(text);
  const who = wordsOf(credit?.[1] ?? "").map(({ word }) => word);
  return credit !== null && who.length <= 30 && !who.some(isTerm);
}

const creditPattern = new RegExp(
  "^\\W*(?:this|the) (?:product|software|package|project|library|distribution) (?:also )?" +
    "(?:includes|contains|incorporates) (?:software|code|material|work) (?:that was |which was )?(?:originally )?" +
    "(?:developed|written|created|contributed|made) (?:by|at|for|in)\\b(.*)$",
  "isu",
);

/** "NAME is distributed under the terms of the MIT License.": it only names what the file then says. */
function isStatement(text: string): boolean {
  const [, subject = "", object] = statementPattern.exec(text) ?? [];
  if (object === undefined) return false;
  const around = wordsOf(subject).map(({ word }) => word);
  return (
    around.length <= 10 &&
    !around.some((word) => isTerm(word) && !/^(?:this|is|all|licen)/u.test(word)) &&
    wordsOf(object).every(
      ({ word }) => titleWords.has(word) || statementWords.has(word) || /^v?\d+(?:\.\d+)*$/u.test(word),
    )
  );
}

const statementPattern = new RegExp(
  "^(.*?)\\b(?:dual[- ])?" +
    "(?:licensed|distributed|released|made available|provided|covered|available|published)" +
    "\\s+(?:both )?(?:under|with|by)\\b(.*)$",
  "isu",
);

/** "Patches that were taken from X are licensed as:", before the text of a licence that then binds too. */
function isLead(text: string): boolean {
  const [, subject] = leadPattern.exec(text) ?? [];
  const words = wordsOf(subject ?? "").map(({ word }) => word);
  return subject !== undefined && words.length <= 20 && !words.some((word) => isTerm(word) && word !== "copied");
}

const leadPattern = new RegExp(
  "^\\W*(?:the |some |all )?((?:patches|submodules|modules|parts|portions|code|files?)\\b.*?) (?:is|are) " +
    "(?:licensed|released|distributed|available) " +
    "(?:as(?: follows)?|under the following (?:licen[cs]es?|terms)):?\\s*$",
  "isu",
);

const statementWords: ReadonlySet<string> = new Set(
  (
    "either both at your option see below above following as in with details more it which reproduced here provided " +
    "given md txt root directory repository"
  ).split(" "),
);

function isIdentifier(text: string, licences: readonly string[]): boolean {
  const [, expression] = /spdx-license-identifier:\s*(.+?)\s*(?:\*\/|-->)?$/iu.exec(text) ?? [];
  const named = expression === undefined ? [] : licencesOf(expression);
  return named.length > 0 && named.every((name) => licences.some((licence) => version(licence) === version(name)));
}

function version(licence: string): string {
  return licence.replace(/-(?:only|or-later)$/u, "");
}

/** Whether a word can be part of what is allowed, asked or forbidden: it stands in no name. */
export function isTerm(word: string): boolean {
  return terms.test(word);
}

const terms = new RegExp(
  `^(?:${[
    String.raw`not|no|never|neither|nor|must|shall|may|can|cannot|only|except\w*|exclu\w*|unless|without|prohibit\w*`,
    String.raw`forbid\w*|forbidden|permi\w*|allow\w*|deny|denied|grant(?:ed|s|ing)|requir\w*|restrict\w*|condition\w*`,
    String.raw`agree\w*|consent\w*|licen[cs]\w*|warrant\w*|liab\w*|used?|user|using|usage|commerc\w*|noncommerc\w*`,
    String.raw`purpose\w*|fees?|charg\w*|free|pay\w*|paid|royalt\w*|train\w*|machine|learning|models?|ai|llms?|evil`,
    String.raw`sell\w*|sold|distribut\w*|redistribut\w*|modif\w*|cop(?:y|ies|ying|ied)|deal|evaluat\w*|academic`,
    String.raw`educational|personal|military|terminat\w*|void|subject|provided|against|instead|replac\w*`,
  ].join("|")})$`,
  "u",
);
