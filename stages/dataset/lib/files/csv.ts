import { stringify } from "csv-stringify/sync";
import { PipelineError } from "../../../../pipeline/system/errors.js";
import type { Conversation } from "../../../../pipeline/contract/records.js";
import type { Value } from "./column.js";
import { type NamedColumn, namedColumns, unknownColumn } from "./named-columns.js";
import type { Table } from "./table.js";
import { TextFile } from "./text-file.js";

/** A column of the CSV: a column of the table under the name that the user wants. */
export interface CsvColumn extends NamedColumn {
  readonly header: string;
}

/**
 * The CSV's columns: those that are renamed first, in the order written, then all the others. `prompt` and `response`
 * (the first user's and the last assistant's message) can be named whatever the chat format is.
 */
export function csvColumns(table: Table, names: Readonly<Record<string, string | false>>): CsvColumn[] {
  const byName = namedColumns(table);
  const { "*": others, ...named } = names;
  if (others !== undefined && others !== false)
    throw badColumns('columns: "*" can only be false', 'write "*": false to leave out what is not named');
  if (table.rows > 0)
    for (const name of Object.keys(named))
      if (!byName.has(name)) throw unknownColumn(["columns", name], name, byName.keys());
  const first = Object.entries(named).flatMap(([name, header]) => {
    const column = byName.get(name);
    return header === false || column === undefined ? [] : [{ header, ...column }];
  });
  const rest =
    others === false
      ? []
      : table.columns
          .filter(({ name }) => named[name] === undefined)
          .map(({ name, read }) => ({ header: name, name, read, isOfOneTurn: false }));
  const all = [...first, ...rest];
  const twice = all.find(({ header }, position) => all.findIndex((other) => other.header === header) !== position);
  if (twice !== undefined)
    throw badColumns(
      `columns: two columns of the CSV are named "${twice.header}"`,
      "give one of them another name, or false",
    );
  return all;
}

/** CSV (RFC 4180, with line feeds): a header, text always quoted, null as nothing at all, messages as JSON. */
export class CsvWriter {
  readonly #file: TextFile;
  readonly #columns: readonly CsvColumn[];

  private constructor(file: TextFile, columns: readonly CsvColumn[]) {
    this.#file = file;
    this.#columns = columns;
  }

  static async create(path: string, columns: readonly CsvColumn[]): Promise<CsvWriter> {
    const file = await TextFile.create(path);
    await file.write(stringify([columns.map(({ header }) => header)]));
    return new CsvWriter(file, columns);
  }

  async write(conversation: Conversation): Promise<void> {
    await this.#file.write(
      stringify([this.#columns.map(({ read }) => cell(read(conversation)))], { quoted_string: true }),
    );
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function cell(value: Value): string | number | null {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  return typeof value === "boolean" ? String(value) : JSON.stringify(value);
}

function badColumns(message: string, hint: string): PipelineError {
  return new PipelineError(message, { code: "config", hint, option: ["columns"] });
}
