import type { OutlineRules } from "./outlines.js";

/** Lines of a text that belong together: places in the list of its lines, the end not included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What a text says of itself without being run. */
export interface Outline {
  readonly lines: readonly string[];
  /** What is imported and the language is told, at the top: every part needs it. */
  readonly header: Range;
  /** The comment that the text begins with, after its header or before it; null where there is none. */
  readonly comment: Range | null;
  /** All lines in parts that can stand alone, in order, each with the comments before it; the header is none. */
  readonly units: readonly Range[];
  /** Names that are defined at the top level, in order. */
  readonly definitions: readonly string[];
}

/** Tells a text into its parts. */
export function outlineOf(text: string, rules: OutlineRules): Outline {
  const lines = text.replace(/\n$/u, "").split("\n");
  const kinds = kindsOf(lines, rules);
  const isBlankOrComment = (index: number) => kinds[index] === "blank" || kinds[index] === "comment";

  let top = 0;
  let headerEnd = 0;
  while (top < lines.length && (isBlankOrComment(top) || isHeader(lines[top] ?? "", kinds[top], rules))) {
    if (!isBlankOrComment(top)) headerEnd = top + 1;
    top += 1;
  }
  const headerFrom = kinds.findIndex((kind, index) => kind === "code" && index < headerEnd);
  const header = headerFrom === -1 ? { from: 0, to: 0 } : { from: headerFrom, to: headerEnd };
  const comment = firstComment(kinds, header);
  const start = header.to;

  const borders = new Set<number>([start]);
  const definitions: string[] = [];
  for (let index = start; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (kinds[index] !== "code" || /^[\s)}\]]/u.test(line)) continue;
    // What opens on a line of its own belongs to the one before.
    const opened = lines[index + 1]?.trim() === "{" ? `${line} {` : line;
    const defined = rules.definition.exec(opened);
    const named = defined?.groups?.["name"] ?? defined?.groups?.["kind"];
    if (named !== undefined && !definitions.includes(named)) definitions.push(named);
    const isParagraph = kinds[index - 1] === "blank" || kinds[index - 1] === "comment";
    if (!isDecorator(line) && (defined !== null || isParagraph))
      borders.add(withLinesBefore(index, { kinds, lines, start }));
  }
  const sorted = [...borders].toSorted((a, b) => a - b);
  const units = sorted
    .map((from, at) => ({ from, to: sorted[at + 1] ?? lines.length }))
    .filter(({ from, to }) => from < to && kinds.slice(from, to).includes("code"));
  return { lines, header, comment, units: whole(units, start, lines.length), definitions };
}

/** The text of a range, without the blank lines around it. */
export function textOf(lines: readonly string[], { from, to }: Range): string {
  return lines
    .slice(from, to)
    .join("\n")
    .replace(/^(?:[ \t]*\n)+|\s+$/gu, "");
}

type LineKind = "blank" | "comment" | "code";

function kindsOf(lines: readonly string[], { lineComment, blockComment }: OutlineRules): LineKind[] {
  let isInside = false;
  return lines.map((line): LineKind => {
    const text = line.trim();
    if (isInside) {
      isInside = blockComment === null || !text.includes(blockComment[1]);
      return "comment";
    }
    if (text === "") return "blank";
    if (blockComment !== null && text.startsWith(blockComment[0])) {
      isInside = !text.slice(blockComment[0].length).includes(blockComment[1]);
      return "comment";
    }
    // What the shell is told stands behind the same mark.
    return lineComment !== null && text.startsWith(lineComment) && !text.startsWith("#!") ? "comment" : "code";
  });
}

/** A line of the head: one that the rules name, or one that goes on from such a line. */
function isHeader(line: string, kind: LineKind | undefined, { header }: OutlineRules): boolean {
  return kind === "code" && (header.test(line) || /^[)}\]]|^\s+["'\w.]+[,"']?$/u.test(line));
}

/** The first comment in front of the code that is no header. */
function firstComment(kinds: readonly LineKind[], header: Range): Range | null {
  for (const [first, last] of [
    [0, header.from],
    [header.to, kinds.length],
  ] as const) {
    let from = first;
    while (from < last && kinds[from] === "blank") from += 1;
    if (from >= last || kinds[from] !== "comment") continue;
    let to = from;
    while (to < last && kinds[to] === "comment") to += 1;
    return { from, to };
  }
  return null;
}

/** Comments and decorators directly above a line belong to it. */
function withLinesBefore(
  index: number,
  {
    kinds,
    lines,
    start,
  }: { readonly kinds: readonly LineKind[]; readonly lines: readonly string[]; readonly start: number },
): number {
  let from = index;
  while (from > start && (kinds[from - 1] === "comment" || isDecorator(lines[from - 1] ?? ""))) from -= 1;
  return from;
}

function isDecorator(line: string): boolean {
  return /^(?:@\w|#\[|template\s*<)/u.test(line);
}

/** Lines that are in no unit (a comment at the end, say) go with the one before. */
function whole(units: readonly Range[], start: number, end: number): Range[] {
  if (units.length === 0) return start < end ? [{ from: start, to: end }] : [];
  return units.map(({ from }, at) => ({ from: at === 0 ? start : from, to: units[at + 1]?.from ?? end }));
}
