/** A Markdown table; what would break a cell is escaped. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [header, header.map(() => "---"), ...rows.map((row) => row.map((cell) => escaped(String(cell))))];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** "1 row", "2,345 rows" */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
}

/** A part of a whole with one decimal: "12.5 %". Of nothing there is none: "–". */
export function share(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}

/** A text as Markdown shows code within a line. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** Words in order with commas between them; "none" where there are none. */
export function joined(words: readonly string[]): string {
  return words.length === 0 ? "none" : words.toSorted().join(", ");
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/gu, " ");
}
