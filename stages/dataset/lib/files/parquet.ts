import type { FieldDefinition } from "parquetjs-lite";
import type { Column, Row, Value } from "./column.js";
import { readJsonLines } from "./jsonl.js";

/** Which library writes Parquet: DuckDB's, native and fast; or one of JavaScript alone, which runs anywhere. */
export type ParquetWriterName = "duckdb" | "javascript";

/** Rows that are held in memory and written together. */
const rowGroupSize = 2048;

/**
 * Rows of a JSON Lines file as Parquet (Snappy); `messages` is list<struct<role, content>>. The same rows give the same
 * bytes.
 */
export async function writeParquet(
  source: { readonly path: string; readonly columns: readonly Column[] },
  path: string,
  writer: ParquetWriterName,
): Promise<void> {
  await (writer === "duckdb" ? writeWithDuckDb(source, path) : writeWithJavaScript(source, path));
}

async function writeWithDuckDb(
  { path: source, columns }: { path: string; columns: readonly Column[] },
  path: string,
): Promise<void> {
  // Loaded where it is needed: every worker loads every stage, and this is 70 MB of native code.
  const { DuckDBInstance } = await import("@duckdb/node-api");
  // One thread, so that rows and row groups never depend on timing; nothing is fetched, nothing spills to the working
  // folder.
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    temp_directory: "",
  });
  const connection = await instance.connect();
  try {
    const types = columns.map(({ name, type }) => `${quoted(name)}: ${quoted(duckDbTypes[type])}`).join(", ");
    await connection.run(
      `COPY (SELECT * FROM read_json(${quoted(source)}, format = 'newline_delimited', columns = {${types}})) ` +
        `TO ${quoted(path)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${rowGroupSize})`,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const duckDbTypes: Readonly<Record<Column["type"], string>> = {
  string: "VARCHAR",
  integer: "BIGINT",
  number: "DOUBLE",
  boolean: "BOOLEAN",
  messages: "STRUCT(role VARCHAR, content VARCHAR)[]",
};

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

async function writeWithJavaScript(
  { path: source, columns }: { path: string; columns: readonly Column[] },
  path: string,
): Promise<void> {
  const {
    default: { ParquetSchema, ParquetWriter },
  } = await import("parquetjs-lite");
  const schema = new ParquetSchema(Object.fromEntries(columns.map(({ name, type }) => [name, parquetFields[type]])));
  const writer = await ParquetWriter.openFile(schema, path);
  writer.setRowGroupSize(rowGroupSize);
  try {
    for await (const row of readJsonLines(source)) await writer.appendRow(parquetRow(row));
  } finally {
    await writer.close();
  }
}

const text: FieldDefinition = { type: "UTF8", optional: true, compression: "SNAPPY" };
const parquetFields: Readonly<Record<Column["type"], FieldDefinition>> = {
  string: text,
  integer: { type: "INT64", optional: true, compression: "SNAPPY" },
  number: { type: "DOUBLE", optional: true, compression: "SNAPPY" },
  boolean: { type: "BOOLEAN", optional: true },
  messages: {
    type: "LIST",
    optional: true,
    fields: {
      list: { repeated: true, fields: { element: { optional: true, fields: { role: text, content: text } } } },
    },
  },
};

function parquetRow(row: Row): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) => (value === null ? [] : [[name, parquetValue(value)]])),
  );
}

function parquetValue(value: NonNullable<Value>): unknown {
  return Array.isArray(value) ? { list: value.map((message) => ({ element: message })) } : value;
}
