import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Bool, type DataType, Field, Float64, Int64, List, RecordBatch, RecordBatchFileWriter, Schema, Struct, Utf8, makeData, vectorFromArray } from "apache-arrow";
import { batches } from "../../pipeline/batches.js";
import { readJsonLines } from "./jsonl.js";
import type { Column, Row, Value } from "./table.js";

/** Rows of a record batch. */
const batchSize = 2048;

/** Rows of a JSON Lines file as an Arrow IPC file; `messages` is list<struct<role, content>>. */
export async function writeArrow({ path: source, columns }: { readonly path: string; readonly columns: readonly Column[] }, path: string): Promise<void> {
  const schema = new Schema(columns.map(({ name, type }) => new Field(name, arrowTypes[type](), true)));
  async function* recordBatches(): AsyncGenerator<RecordBatch> {
    for await (const rows of batches(readJsonLines(source), batchSize)) yield recordBatch(schema, columns, rows);
  }
  await pipeline(Readable.from(recordBatches()), RecordBatchFileWriter.throughNode(), createWriteStream(path));
}

function recordBatch(schema: Schema, columns: readonly Column[], rows: readonly Row[]): RecordBatch {
  const children = columns.map(({ name, type }, position) => {
    const field = schema.fields[position] as Field;
    return vectorFromArray(rows.map((row) => arrowValue(row[name] ?? null, type)), field.type).data[0];
  });
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children: children as never }));
}

const arrowTypes: Readonly<Record<Column["type"], () => DataType>> = {
  string: () => new Utf8(),
  integer: () => new Int64(),
  number: () => new Float64(),
  boolean: () => new Bool(),
  messages: () => new List(new Field("item", new Struct([new Field("role", new Utf8(), true), new Field("content", new Utf8(), true)]), true)),
};

function arrowValue(value: Value, type: Column["type"]): unknown {
  return type === "integer" && typeof value === "number" ? BigInt(value) : value;
}
