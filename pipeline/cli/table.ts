import stringWidth from "string-width";

/** Rows as lines with aligned columns; those named in `right` stand right. */
export function table(
  rows: readonly (readonly string[])[],
  { indent = "", right = [] }: { readonly indent?: string; readonly right?: readonly number[] } = {},
): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, stringWidth(cell));
  const align = (cell: string, index: number): string => {
    const space = " ".repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(cell)));
    return right.includes(index) ? space + cell : cell + space;
  };
  return rows.map((row) => `${indent}${row.map(align).join("  ")}`.trimEnd()).join("\n");
}
