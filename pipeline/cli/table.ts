import stringWidth from "string-width";

/**
 * Rows as lines with aligned columns; those named in `right` stand right.
 *
 * @param width columns of the screen, within which the last column is broken into lines of its own; all on one unless
 *   told
 */
export function table(
  rows: readonly (readonly string[])[],
  {
    indent = "",
    right = [],
    width = Infinity,
  }: { readonly indent?: string; readonly right?: readonly number[]; readonly width?: number } = {},
): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, stringWidth(cell));
  const align = (cell: string, index: number): string => {
    const space = " ".repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(cell)));
    return right.includes(index) ? space + cell : cell + space;
  };
  const last = widths.length - 1;
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + 2, indent.length);
  return rows
    .flatMap((row) => {
      const [text, ...more] = row.length > last ? broken(row[last] ?? "", Math.max(24, width - before)) : [];
      const cells = text === undefined ? row : [...row.slice(0, last), text];
      return [`${indent}${cells.map(align).join("  ")}`, ...more.map((line) => " ".repeat(before) + line)];
    })
    .map((line) => line.trimEnd())
    .join("\n");
}

/** A text in lines of at most so many columns, as far as its words allow. */
function broken(text: string, width: number): string[] {
  if (stringWidth(text) <= width) return [text];
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && stringWidth(`${line} ${word}`) <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
