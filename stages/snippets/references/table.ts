import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { closest } from "fastest-levenshtein";
import type { SourceTree } from "../../../pipeline/contract/sources.js";
import { type Location, PipelineError } from "../../../pipeline/system/errors.js";
import { decodeText } from "../../read/lib/decode.js";
import type { Columns } from "./columns.js";
import { delimitedRows } from "./delimited.js";
import { jsonRows } from "./json-lines.js";
import type { TableRow, TableText } from "./table-text.js";

/** The forms that a table may have. */
export const tableFormats = ["csv", "tsv", "jsonl"] as const;
/** One of the forms that a table may have. */
export type TableFormat = (typeof tableFormats)[number];

interface TableRequest {
  /** As the pipeline file names it. */
  readonly file: string;
  readonly format: TableFormat | undefined;
  readonly columns: Columns;
}

/** The rows of a table, one after the other. Throws a PipelineError (source) at the line where it is none. */
export async function* readTable(
  tree: SourceTree,
  { file, format = formatOf(file), columns }: TableRequest,
): AsyncGenerator<TableRow> {
  const place = join(tree.folder, tree.name);
  const decoded = decodeText(await readFile(place), "text");
  if ("reason" in decoded)
    throw new PipelineError(`cannot read ${file}: ${decoded.reason.text}`, {
      code: "source",
      hint: decoded.reason.fix ?? "save it as UTF-8",
    });
  const { text } = decoded;
  const at = (line: number): Location => ({
    file: tree.origin ?? place,
    line,
    column: 1,
    length: Math.max(1, text.split("\n", line)[line - 1]?.length ?? 1),
  });
  const table: TableText = {
    text,
    mistake: (message, line, hint) =>
      new PipelineError(`${file}: ${message}`, {
        code: "source",
        locations: [at(line)],
        ...(hint !== undefined && { hint }),
      }),
  };
  const wanted = Object.values(columns).map(({ column }) => column);
  if (format === "jsonl") yield* jsonRows(table);
  else yield* delimitedRows(table, { delimiter: format === "tsv" ? "\t" : ",", expect: expectHeader(table, wanted) });
}

function formatOf(file: string): TableFormat {
  const suffix = extname(file).slice(1).toLowerCase();
  const found = tableFormats.find((each) => each === suffix || (each === "jsonl" && suffix === "ndjson"));
  if (found !== undefined) return found;
  throw new PipelineError(`cannot tell by its suffix what ${file} is: expected .csv, .tsv or .jsonl`, {
    code: "config",
    hint: `write format: csv, or one of ${tableFormats.join(", ")}`,
  });
}

/** Refuses a table that lacks a column which is wanted. */
function expectHeader(table: TableText, wanted: readonly string[]): (header: readonly string[]) => void {
  return (header) => {
    const missing = wanted.find((column) => !header.includes(column));
    if (missing === undefined) return;
    throw table.mistake(
      `it has no column "${missing}"`,
      1,
      `did you mean "${closest(missing, [...header])}"? Its columns: ${header.join(", ")}`,
    );
  };
}
