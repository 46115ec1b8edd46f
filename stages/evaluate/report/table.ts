import { type Html, html } from "./html.js";

interface TableOptions {
  /** Class of the table, which decides how it looks. */
  readonly look: "figures" | "contestants" | "targets" | "causes" | "definitions" | "steps" | "training";
  /** Attributes beside the class. */
  readonly data?: Readonly<Record<string, string>>;
  /** Whether it scrolls by itself where it has many rows. */
  readonly isTall?: boolean;
}

/**
 * A table that scrolls sideways where it is wider than the page.
 * @param head its head, or nothing
 * @param rows each a whole `<tr>`
 */
export function table({ look, data = {}, isTall = false }: TableOptions, head: Html, rows: readonly Html[]): Html {
  const start = html`<div class="${isTall ? "wide tall" : "wide"}"><table class="${look}"${attributes(data)}>`;
  return html`${start}${head}<tbody>
${rows.map(
  (row) => html`${row}
`,
)}</tbody></table></div>`;
}

/** The head of a table, out of its cells. */
export function headOf(cells: readonly Html[]): Html {
  return html`<thead><tr>${cells}</tr></thead>`;
}

/** The head of a table, out of the titles of its columns. */
export function headings(titles: readonly string[]): Html {
  return headOf(titles.map((title) => html`<th scope="col">${title}</th>`));
}

/** Attributes of an element, each with a space before it. */
export function attributes(values: Readonly<Record<string, string | number>>): Html {
  return html`${Object.entries(values).map(([name, value]) => html` ${name}="${value}"`)}`;
}

/** The cell of a figure that nothing was counted for. */
export const noFigure = html`<td class="none">–</td>`;
