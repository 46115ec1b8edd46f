import stringWidth from "string-width";

/** Rows as lines with aligned columns; numbers stand right. Ends without spaces. */
export function table(rows: readonly (readonly (string | number)[])[], { gap = "  ", indent = "" } = {}): string {
  const widths: number[] = [];
  for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, stringWidth(String(cell)));
  return rows.map((row) => `${indent}${row.map((cell, index) => align(cell, widths[index] ?? 0)).join(gap)}`.trimEnd()).join("\n");
}

function align(cell: string | number, width: number): string {
  const text = String(cell);
  const space = " ".repeat(Math.max(0, width - stringWidth(text)));
  return typeof cell === "number" ? space + text : text + space;
}
