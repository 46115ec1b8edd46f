import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { DataType, RecordBatch } from "apache-arrow";
import { batches } from "../../../../pipeline/system/batches.js";
import type { Column, Row, Value } from "./column.js";
import { readJsonLines } from "./jsonl.js";

/** Rows of a record batch. */
const batchSize = 2048;

/** Rows of a JSON Lines file as an Arrow IPC file; `messages` is list<struct<role, content>>. */
export async function writeArrow(
  { path: source, columns }: { readonly path: string; readonly columns: readonly Column[] },
  path: string,
): Promise<void> {
  const arrow = await import("apache-arrow");
  const { Bool, Field, Float64, Int64, List, RecordBatchFileWriter, Schema, Struct, Utf8 } = arrow;
  const text = (name: string) => new Field(name, new Utf8(), true);
  const types: Readonly<Record<Column["type"], DataType>> = {
    string: new Utf8(),
    integer: new Int64(),
    number: new Float64(),
    boolean: new Bool(),
    messages: new List(new Field("item", new Struct([text("role"), text("content")]), true)),
  };
  const schema = new Schema(columns.map(({ name, type }) => new Field(name, types[type], true)));

  function recordBatch(rows: readonly Row[]): RecordBatch {
    const children = columns.map(({ name, type }) => {
      const vector = arrow.vectorFromArray(
        rows.map((row) => arrowValue(row[name] ?? null, type)),
        types[type],
      );
      // A vector made of one array is one chunk.
      return vector.data[0] as (typeof vector)["data"][number];
    });
    return new arrow.RecordBatch(
      schema,
      arrow.makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children }),
    );
  }
  async function* recordBatches(): AsyncGenerator<RecordBatch> {
    for await (const rows of batches(readJsonLines(source), batchSize)) yield recordBatch(rows);
  }
  await pipeline(Readable.from(recordBatches()), RecordBatchFileWriter.throughNode(), createWriteStream(path));
}

function arrowValue(value: Value, type: Column["type"]): unknown {
  return type === "integer" && typeof value === "number" ? BigInt(value) : value;
}
