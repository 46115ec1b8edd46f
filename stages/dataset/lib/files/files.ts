import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Reason, reason } from "../../../../pipeline/contract/reasons.js";
import type { Conversation } from "../../../../pipeline/contract/records.js";
import { writeArrow } from "./arrow.js";
import { type CsvColumn, CsvWriter } from "./csv.js";
import { JsonLinesWriter } from "./jsonl.js";
import { type ParquetWriterName, writeParquet } from "./parquet.js";
import type { Table } from "./table.js";

/** The formats that a dataset is written in, each the name of a folder and the ending of its files. */
export const formatNames = ["jsonl", "csv", "parquet", "arrow"] as const;
/** One of the formats that a dataset is written in. */
export type FormatName = (typeof formatNames)[number];

/** `all`: no split stage ran. */
export type FileSplit = "train" | "val" | "test" | "all";
const splits: readonly FileSplit[] = ["train", "val", "test", "all"];

/** A file that was written: the rows of one split in one format. */
export interface DatasetFile {
  /** POSIX path below the outputs. */
  readonly path: string;
  readonly format: FormatName;
  readonly split: FileSplit;
  readonly rows: number;
}

/** What is to be written of a dataset, where to, and who is told of its rows. */
export interface DatasetRequest {
  readonly table: Table;
  readonly formats: readonly FormatName[];
  readonly parquetWriter: ParquetWriterName;
  readonly csv: readonly CsvColumn[];
  readonly folder: string;
  readonly onRow: (conversation: Conversation) => void;
  /** A row that the formats cannot hold. */
  readonly onUnfit: (conversation: Conversation, why: Reason) => void;
}

/**
 * Writes the rows, in one pass: JSON Lines and CSV as they come, the columnar formats from the JSON Lines afterwards.
 * Answers the files, by format and split. Memory stays flat.
 */
export async function writeDataset(
  conversations: AsyncIterable<Conversation>,
  request: DatasetRequest,
): Promise<DatasetFile[]> {
  const { table, formats, folder, parquetWriter } = request;
  // Other formats are made from it, so it is written even where it is not asked for.
  await Promise.all(
    [...new Set<FormatName>(["jsonl", ...formats])].map((format) => mkdir(join(folder, format), { recursive: true })),
  );
  const rows = await writeRows(conversations, request);
  const written = splits.filter((split) => rows.has(split));
  for (const split of written) {
    const source = { path: pathOf(folder, "jsonl", split), columns: table.columns };
    if (formats.includes("parquet")) await writeParquet(source, pathOf(folder, "parquet", split), parquetWriter);
    if (formats.includes("arrow")) await writeArrow(source, pathOf(folder, "arrow", split));
  }
  if (!formats.includes("jsonl")) await rm(join(folder, "jsonl"), { recursive: true });
  return formatNames
    .filter((format) => formats.includes(format))
    .flatMap((format) =>
      written.map((split) => ({
        path: `${format}/${split}.${format}`,
        format,
        split,
        rows: rows.get(split) ?? 0,
      })),
    );
}

/** Writes the formats that take a row at a time. Answers how many rows each split has that has any. */
async function writeRows(
  conversations: AsyncIterable<Conversation>,
  { table, formats, csv, folder, onRow, onUnfit }: DatasetRequest,
): Promise<ReadonlyMap<FileSplit, number>> {
  const writers = new Map<FileSplit, { jsonl: JsonLinesWriter; csv: CsvWriter | undefined }>();
  async function open(split: FileSplit) {
    const opened = {
      jsonl: await JsonLinesWriter.create(pathOf(folder, "jsonl", split)),
      csv: formats.includes("csv") ? await CsvWriter.create(pathOf(folder, "csv", split), csv) : undefined,
    };
    writers.set(split, opened);
    return opened;
  }

  try {
    for await (const conversation of conversations) {
      const line = JSON.stringify(table.row(conversation));
      if (holdsLoneSurrogate(line)) {
        onUnfit(conversation, reason("not-unicode", "not valid Unicode: half of a surrogate pair"));
        continue;
      }
      const split = conversation.split ?? "all";
      const writer = writers.get(split) ?? (await open(split));
      await writer.jsonl.write(line);
      await writer.csv?.write(conversation);
      onRow(conversation);
    }
  } finally {
    for (const writer of writers.values()) await Promise.all([writer.jsonl.close(), writer.csv?.close()]);
  }
  return new Map([...writers].map(([split, { jsonl }]) => [split, jsonl.rows]));
}

function pathOf(folder: string, format: FormatName, split: FileSplit): string {
  return join(folder, format, `${split}.${format}`);
}

/**
 * JSON.stringify escapes such a half, and nothing else of that range; a backslash of the text itself is doubled before
 * it.
 */
function holdsLoneSurrogate(json: string): boolean {
  return json.includes("\\ud") && /(?<!\\)(?:\\\\)*\\ud[89a-f]/u.test(json);
}
