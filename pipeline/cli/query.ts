import { type DuckDBConnection, DuckDBInstance, DuckDBTypeId } from "@duckdb/node-api";
import { PipelineError } from "../errors.js";

/** Files that make up one table. `left`: what steps left out. */
export interface TableFiles {
  readonly name: "records" | "rejects";
  readonly format: "jsonl" | "csv" | "parquet" | "left";
  /** Absolute; at least one. */
  readonly paths: readonly string[];
}

export interface Rows {
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[];
  readonly values: readonly Readonly<Record<string, unknown>>[];
  /** True where there are more rows than were asked for. */
  readonly isCut: boolean;
}

export interface Query {
  /** At most `limit` rows of a statement's answer. Throws a PipelineError (usage) with what DuckDB says. */
  rows(sql: string, limit: number): Promise<Rows>;
  close(): void;
}

/** Views of the files, in an in-memory DuckDB that reads them in place. */
export async function openTables(tables: readonly TableFiles[]): Promise<Query> {
  // Nothing is fetched, and nothing spills into the working folder.
  const instance = await DuckDBInstance.create(":memory:", { autoinstall_known_extensions: "false", autoload_known_extensions: "false", temp_directory: "" });
  const connection = await instance.connect();
  for (const { name, format, paths } of tables) {
    const list = `[${paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(", ")}]`;
    await connection.run(`create view ${name} as select * from ${readers[format](list)}`);
  }
  return {
    rows: async (sql, limit) => await answer(connection, sql, limit),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

const readers: Readonly<Record<TableFiles["format"], (list: string) => string>> = {
  // The whole file decides the type of a column: labels and evidence differ from row to row.
  jsonl: (list) => `read_json(${list}, format = 'newline_delimited', union_by_name = true, sample_size = -1, maximum_object_size = 268435456)`,
  csv: (list) => `read_csv(${list}, all_varchar = false, sample_size = -1)`,
  parquet: (list) => `read_parquet(${list})`,
  left: (list) => `(select regexp_extract(filename, '/steps/([^/]+)/', 1) as step, "type", record, source, path, code, reason, fix, part from read_json(${list}, format = 'newline_delimited', filename = true,
    columns = {"type": 'VARCHAR', record: 'VARCHAR', source: 'VARCHAR', path: 'VARCHAR', code: 'VARCHAR', reason: 'VARCHAR', fix: 'VARCHAR', part: 'JSON'}, maximum_object_size = 268435456))`,
};

const numbers = new Set([
  DuckDBTypeId.TINYINT, DuckDBTypeId.SMALLINT, DuckDBTypeId.INTEGER, DuckDBTypeId.BIGINT, DuckDBTypeId.HUGEINT, DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT, DuckDBTypeId.UINTEGER, DuckDBTypeId.UBIGINT, DuckDBTypeId.UHUGEINT, DuckDBTypeId.FLOAT, DuckDBTypeId.DOUBLE, DuckDBTypeId.DECIMAL,
]);

async function answer(connection: DuckDBConnection, sql: string, limit: number): Promise<Rows> {
  try {
    const reader = await connection.runAndReadUntil(sql, limit + 1);
    const rows = reader.getRowObjectsJson();
    return {
      columns: reader.deduplicatedColumnNames().map((name, index) => ({ name, isNumber: numbers.has(reader.columnTypeId(index)) })),
      values: rows.slice(0, limit),
      isCut: rows.length > limit,
    };
  } catch (error) {
    throw new PipelineError(`DuckDB refuses the query: ${error instanceof Error ? error.message : String(error)}`, { code: "usage", hint: "the columns are: --sql \"describe records\" (or rejects)", cause: error });
  }
}
