import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, parse, relative } from "node:path";
import { type DuckDBConnection, DuckDBInstance, DuckDBTypeId } from "@duckdb/node-api";
import { PipelineError } from "../system/errors.js";
import { writeReadable } from "./readable-json.js";
import { noRecords, noRows } from "./record-columns.js";

/** Files that make up one table. `left`: what steps left out. */
export interface TableFiles {
  readonly name: "records" | "rejects";
  readonly format: "jsonl" | "csv" | "parquet" | "left";
  /** Absolute; a table of none has the columns that its records would have. */
  readonly paths: readonly string[];
  /** Kind of the records, where they are a step's. */
  readonly kind?: string;
}

/** The answer to a statement. */
export interface Rows {
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[];
  readonly values: readonly Readonly<Record<string, unknown>>[];
  /** True where there are more rows than were asked for. */
  readonly isCut: boolean;
}

/** Tables that can be asked in SQL. */
export interface Query {
  /** At most `limit` rows of a statement's answer. Throws a PipelineError (usage) with what DuckDB says. */
  rows(sql: string, limit: number): Promise<Rows>;
  close(): Promise<void>;
}

/**
 * Views of the files, in an in-memory DuckDB that reads them in place. What it cannot read as JSON, though JavaScript
 * has written it, is read from a copy (see writeReadable), which is made where it is needed alone.
 */
export async function openTables(tables: readonly TableFiles[]): Promise<Query> {
  // Nothing is fetched, and nothing spills into the working folder.
  const instance = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    temp_directory: "",
  });
  const connection = await instance.connect();
  let current = tables;
  let copies: string | null = null;
  /** Asks, and asks again of readable copies where the files themselves cannot be read. */
  const orOfCopies = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      if (copies !== null || !isUnreadable(error)) throw error;
      copies = await mkdtemp(join(tmpdir(), "pipeline-inspect-"));
      current = await withReadable(tables, copies).catch(() => {
        throw error;
      });
      await createViews(connection, current);
      return await ask();
    }
  };
  const close = async () => {
    connection.closeSync();
    instance.closeSync();
    if (copies !== null) await rm(copies, { recursive: true, force: true });
  };
  try {
    await orOfCopies(async () => await createViews(connection, current));
  } catch (error) {
    await close();
    throw unreadable(tables, error);
  }
  return {
    rows: async (sql, limit) =>
      await answer(async () => await orOfCopies(async () => await read(connection, sql, limit))),
    close,
  };
}

function unreadable(tables: readonly TableFiles[], error: unknown): PipelineError {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  const paths = tables.flatMap((table) => table.paths);
  return new PipelineError(`DuckDB cannot read ${paths.join(", ")}: ${line.trim()}`, {
    code: "usage",
    hint: "see whether the file is whole, and of the format that its name says",
    cause: error,
  });
}

async function createViews(connection: DuckDBConnection, tables: readonly TableFiles[]): Promise<void> {
  for (const { name, format, paths, kind = "" } of tables) {
    const list = `[${paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(", ")}]`;
    const none = format === "left" ? noRows(leftColumns) : await noRecords(kind);
    await connection.run(
      `create or replace view ${name} as ${paths.length === 0 ? none : `select * from ${readers[format](list)}`}`,
    );
  }
}

/** Half of a surrogate pair, or keys that differ in case alone. */
function isUnreadable(error: unknown): boolean {
  return error instanceof Error && /surrogate in string|Duplicate name/u.test(error.message);
}

async function withReadable(tables: readonly TableFiles[], folder: string): Promise<TableFiles[]> {
  return await Promise.all(
    tables.map(async (table) => {
      if (table.format !== "jsonl" && table.format !== "left") return table;
      const paths = await Promise.all(
        table.paths.map(async (path, index) => {
          // The step is told by the path: what stands before the file's name stays.
          const copy = join(folder, table.name, String(index), relative(parse(path).root, path));
          await mkdir(dirname(copy), { recursive: true });
          await writeReadable(path, copy);
          return copy;
        }),
      );
      return { ...table, paths };
    }),
  );
}

/** Columns of what steps left out. */
const leftColumns = [
  ["step", "varchar"],
  ["type", "varchar"],
  ["record", "varchar"],
  ["source", "varchar"],
  ["path", "varchar"],
  ["code", "varchar"],
  ["reason", "varchar"],
  ["fix", "varchar"],
  ["part", "json"],
] as const;

const readers: Readonly<Record<TableFiles["format"], (list: string) => string>> = {
  // The whole file decides the type of a column: labels and evidence differ from row to row.
  jsonl: (list) =>
    `read_json(${list}, format = 'newline_delimited', union_by_name = true, sample_size = -1, maximum_object_size = ` +
    `268435456)`,
  csv: (list) => `read_csv(${list}, all_varchar = false, sample_size = -1)`,
  parquet: (list) => `read_parquet(${list})`,
  left: (list) =>
    `(select regexp_extract(filename, '/steps/([^/]+)/[^/]+/[^/]+$', 1) as step, * exclude (filename) from ` +
    `read_json(${list}, format = 'newline_delimited', filename = true,
    columns = {${leftColumns
      .slice(1)
      .map(([name, type]) => `"${name}": '${type}'`)
      .join(", ")}}, maximum_object_size = 268435456))`,
};

const numbers = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
]);

async function read(connection: DuckDBConnection, sql: string, limit: number): Promise<Rows> {
  const reader = await connection.runAndReadUntil(sql, limit + 1);
  const rows = reader.getRowObjectsJson();
  return {
    columns: reader
      .deduplicatedColumnNames()
      .map((name, index) => ({ name, isNumber: numbers.has(reader.columnTypeId(index)) })),
    values: rows.slice(0, limit),
    isCut: rows.length > limit,
  };
}

async function answer(ask: () => Promise<Rows>): Promise<Rows> {
  try {
    return await ask();
  } catch (error) {
    throw new PipelineError(`DuckDB refuses the query: ${error instanceof Error ? error.message : String(error)}`, {
      code: "usage",
      hint: 'the columns are: --sql "describe records" (or rejects)',
      cause: error,
    });
  }
}
