import stringWidth from "string-width";
import type { Location } from "../system/errors.js";
import { maskSecrets } from "../system/secrets.js";

const tabWidth = 4;

interface FrameLine {
  readonly text: string;
  /** True for the line that underlines. */
  readonly mark: boolean;
}

/**
 * The line of a location with the line before it, numbered, and what it means underlined. Columns are UTF-16 units, as
 * editors count them; the mark is placed by what the terminal shows, so tabs and wide characters do not shift it.
 * Secrets are covered, sign by sign.
 */
export function frame(text: string, { line, column, length }: Location): FrameLine[] {
  const lines = text
    .split(/\r?\n/u)
    .slice(0, line)
    .map((each) => maskSecrets(each, (secret) => "*".repeat(secret.length)));
  const written = lines[line - 1];
  if (written === undefined || text === "") return [];
  const gutter = String(line).length;
  const numbered = (number: number, content: string): FrameLine => ({
    text: `${String(number).padStart(gutter)} | ${expandTabs(content)}`.trimEnd(),
    mark: false,
  });
  const before = lines[line - 2];
  const start = column - 1;
  const indent = stringWidth(expandTabs(written.slice(0, start)));
  const end = stringWidth(expandTabs(written.slice(0, start + length)));
  return [
    ...(before === undefined || before.trim() === "" ? [] : [numbered(line - 1, before)]),
    numbered(line, written),
    { text: `${" ".repeat(gutter)} | ${" ".repeat(indent)}${"~".repeat(Math.max(1, end - indent))}`, mark: true },
  ];
}

/** Tabs as spaces up to the next stop. */
function expandTabs(text: string): string {
  let shown = "";
  for (const part of text.split(/(\t)/u))
    shown += part === "\t" ? " ".repeat(tabWidth - (stringWidth(shown) % tabWidth)) : part;
  return shown;
}
