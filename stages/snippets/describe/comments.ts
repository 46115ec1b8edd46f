import type { OutlineRules } from "../lib/outlines.js";

/** Characters of the longest description. */
const longest = 400;

/** What a comment at the beginning of a snippet says of it: its first sentences, without marks and boilerplate. */
export function commentText(lines: readonly string[], rules: OutlineRules): string {
  const bare = lines.map((line) => bareText(line, rules)).map((line) => (isBoilerplate(line) ? "" : line));
  const sections = sectionsOf(bare);
  const description = sections.find(({ name }) => /^(?:description|summary|purpose|overview)$/iu.test(name));
  const first = description ?? sections.find(({ text }) => text !== "");
  return shortened(first?.text ?? "");
}

/** What stands in comments like a heading: between two rules of marks, or behind `EXAMPLE 1:`. */
export function headingsIn(lines: readonly string[], rules: OutlineRules): string[] {
  const found: string[] = [];
  for (const [index, line] of lines.entries()) {
    const text = bareText(line, rules);
    if (text === "" || !isComment(line, rules)) continue;
    const isFramed = isRule(lines[index - 1] ?? "", rules) && isRule(lines[index + 1] ?? "", rules);
    const isNumbered = /^(?:example|step|part|section|demo|test)\s*#?\d+\s*[:.)-]/iu.test(text);
    const isInline = /^[=\-*#~]{3,}.*[=\-*#~]{3,}$/u.test(unmarked(line, rules));
    if (isFramed || isNumbered || isInline)
      found.push(text.replace(/^(?:example|step|part|section|demo|test)\s*#?\d+\s*[:.)-]\s*/iu, ""));
  }
  return [...new Set(found.filter((heading) => /\p{L}{3}/u.test(heading) && heading.length <= 80))];
}

function isComment(line: string, { lineComment, blockComment }: OutlineRules): boolean {
  const text = line.trim();
  return (
    (lineComment !== null && text.startsWith(lineComment)) ||
    (blockComment !== null && (text.startsWith(blockComment[0]) || text.startsWith("*")))
  );
}

/** A line of marks alone: `; =====`. */
function isRule(line: string, rules: OutlineRules): boolean {
  return isComment(line, rules) && /^[=\-*#~_/]{4,}$/u.test(unmarked(line, rules));
}

/** A line of a comment without the marks of the comment. */
function unmarked(line: string, { lineComment, blockComment }: OutlineRules): string {
  let text = line.trim();
  if (blockComment !== null) {
    const [open, close] = blockComment;
    if (text.startsWith(open)) text = text.slice(open.length);
    if (text.endsWith(close)) text = text.slice(0, -close.length);
  }
  if (lineComment !== null) while (text.startsWith(lineComment)) text = text.slice(lineComment.length);
  return text.trim();
}

/** And without the marks that frame it. */
function bareText(line: string, rules: OutlineRules): string {
  return unmarked(line, rules)
    .replace(/^\*+\s?/u, "")
    .replace(/^[=\-*#~_]{2,}\s*|\s*[=\-*#~_]{2,}$/gu, "")
    .replace(/^@(?:file|brief|fileoverview|description|summary)\s*/u, "")
    .trim();
}

/** Who wrote it, where it is from, under which licence, what its file is called: says nothing of what it does. */
function isBoilerplate(text: string): boolean {
  return (
    /^(?:copyright|\(c\)|©|author|date|version|licen[cs]e|spdx-|source|see|url|link|created|modified|@\w+)\b/iu.test(
      text,
    ) ||
    /^https?:\/\/\S+$/u.test(text) ||
    /^[\w.#-]+\.\w{1,5}$/u.test(text) ||
    /^(?:-\*-|vim?:|eslint|shellcheck|prettier|noqa|pylint|go:build|\+build|@ts-)/iu.test(text)
  );
}

/** Paragraphs, each with the name that stands over it in capitals: `DESCRIPTION:`. */
function sectionsOf(lines: readonly string[]): { readonly name: string; readonly text: string }[] {
  const sections: { name: string; lines: string[] }[] = [{ name: "", lines: [] }];
  for (const line of lines) {
    const [, name = "", rest = ""] = /^([A-Z][A-Z0-9 ]{3,40}):\s*(.*)$/u.exec(line) ?? [];
    if (name !== "") sections.push({ name: name.trim(), lines: [rest] });
    else if (line === "" && (sections.at(-1)?.lines.some((each) => each !== "") ?? false))
      sections.push({ name: "", lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections.map(({ name, lines: said }) => ({ name, text: sentences(said.filter((each) => each !== "")) }));
}

/** Lines as one text: where a line ends and the next one begins a sentence, a full stop parts them. */
function sentences(lines: readonly string[]): string {
  return lines.reduce((text, line) => {
    if (text === "") return line;
    const isEnd = !/[.,:;!?(-]$/u.test(text) && /^[A-Z][a-z]/u.test(line);
    return `${text}${isEnd ? "." : ""} ${line}`;
  }, "");
}

/** As many whole sentences as there is room for. */
function shortened(text: string): string {
  if (text.length <= longest) return text === "" || /[.!?…:]$/u.test(text) ? text : `${text}.`;
  const whole = text.match(/[^.!?]+[.!?]+(?=\s|$)/gu) ?? [];
  let said = "";
  for (const sentence of whole) {
    if (said.length + sentence.length > longest) break;
    said += sentence;
  }
  return said.trim() === "" ? `${text.slice(0, longest - 1).replace(/\s+\S*$/u, "")}…` : said.trim();
}
