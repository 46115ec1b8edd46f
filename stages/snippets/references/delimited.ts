import { CsvError, parse } from "csv-parse/sync";
import type { TableRow, TableText } from "./table-text.js";

interface Delimited {
  readonly delimiter: string;
  /** Refuses a header that lacks a column. */
  readonly expect: (header: readonly string[]) => void;
}

/** The rows of a text with a header, by RFC 4180: as many cells in each as the header has. Blank lines are none. */
export function* delimitedRows(table: TableText, { delimiter, expect }: Delimited): Generator<TableRow> {
  const [header = [], ...rows] = parsed(table, delimiter);
  expect(header);
  for (const [index, row] of rows.entries())
    yield { row: index + 1, cells: Object.fromEntries(header.map((column, place) => [column, row[place] ?? ""])) };
}

function parsed(table: TableText, delimiter: string): string[][] {
  try {
    return parse(table.text, { delimiter, skip_empty_lines: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines, records, message } = error as CsvError & { readonly lines?: number; readonly records?: number };
    throw table.mistake(
      `row ${Math.max(0, records ?? 0)} is no CSV: ${message}`,
      Math.max(1, lines ?? 1),
      "a cell that holds a comma, a quote or a line end stands in quotes, and a quote in it is doubled",
    );
  }
}
