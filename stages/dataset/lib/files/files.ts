import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Reason, reason } from "../../../../pipeline/contract/reasons.js";
import type { Conversation } from "../../../../pipeline/contract/records.js";
import { writeArrow } from "./arrow.js";
import { type CsvColumn, CsvWriter } from "./csv.js";
import type { LineMaker } from "./fields.js";
import { type JsonStyle, jsonText } from "./json-text.js";
import { JsonLinesWriter } from "./jsonl.js";
import { shortenedBy } from "./named-columns.js";
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
  /** Lines of the JSONL that differ from the table's rows; null where they are these. */
  readonly lines: LineMaker | null;
  readonly json: JsonStyle;
  /** Name of the files of a split, without their ending. */
  readonly nameOf: (split: FileSplit) => string;
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
  const { table, formats, folder, parquetWriter, nameOf } = request;
  const [place, rowPlace] = placesOf(request);
  const isColumnar = formats.includes("parquet") || formats.includes("arrow");
  const isApart = isColumnar && rowPlace !== place.jsonl;
  await Promise.all(
    [...formats, ...(isApart ? [rowFolder] : [])].map((name) => mkdir(join(folder, name), { recursive: true })),
  );
  const rows = await writeRows(conversations, request, isApart);
  const written = splits.filter((split) => rows.has(split));
  for (const split of written) {
    const source = { path: rowPlace(split), columns: table.columns };
    if (formats.includes("parquet")) await writeParquet(source, place.parquet(split), parquetWriter);
    if (formats.includes("arrow")) await writeArrow(source, place.arrow(split));
  }
  if (isApart) await rm(join(folder, rowFolder), { recursive: true });
  return formatNames
    .filter((format) => formats.includes(format))
    .flatMap((format) =>
      written.map((split) => ({
        path: `${format}/${nameOf(split)}.${format}`,
        format,
        split,
        rows: rows.get(split) ?? 0,
      })),
    );
}

/** Where rows are kept that the columnar formats are made from, until they are made. */
const rowFolder = ".rows";
type PlaceOf = (split: FileSplit) => string;

/** Where the files of each format go, and the rows that the columnar ones are made from: the JSONL, if it has all. */
function placesOf({ formats, lines, json, nameOf, folder }: DatasetRequest): [Record<FormatName, PlaceOf>, PlaceOf] {
  const placeIn = (format: FormatName) => (split: FileSplit) => join(folder, format, `${nameOf(split)}.${format}`);
  const places = { jsonl: placeIn("jsonl"), csv: placeIn("csv"), parquet: placeIn("parquet"), arrow: placeIn("arrow") };
  const hasRows = formats.includes("jsonl") && lines === null && json === "compact";
  return [places, hasRows ? places.jsonl : (split) => join(folder, rowFolder, `${split}.jsonl`)];
}

/** Writes the formats that take a row at a time. Answers how many rows each split has that has any. */
async function writeRows(
  conversations: AsyncIterable<Conversation>,
  request: DatasetRequest,
  isApart: boolean,
): Promise<ReadonlyMap<FileSplit, number>> {
  const { table, formats, csv, lines, json, onRow, onUnfit } = request;
  const [place, rowPlace] = placesOf(request);
  const named = [...(formats.includes("csv") ? [csv] : []), ...(lines === null ? [] : [lines.columns])];
  const writers = new Map<FileSplit, SplitWriters>();
  async function open(split: FileSplit): Promise<SplitWriters> {
    const opened = {
      rows: 0,
      jsonl: formats.includes("jsonl") ? await JsonLinesWriter.create(place.jsonl(split)) : undefined,
      apart: isApart ? await JsonLinesWriter.create(rowPlace(split)) : undefined,
      csv: formats.includes("csv") ? await CsvWriter.create(place.csv(split), csv) : undefined,
    };
    writers.set(split, opened);
    return opened;
  }

  try {
    for await (const conversation of conversations) {
      const row = lines === null || isApart ? table.row(conversation) : null;
      const line = jsonText(lines === null ? row : lines.line(conversation), json);
      const shortened = named.map((columns) => shortenedBy(columns, conversation)).find((why) => why !== null);
      const unfit = holdsLoneSurrogate(line)
        ? reason("not-unicode", "not valid Unicode: half of a surrogate pair")
        : shortened;
      if (unfit !== undefined) {
        onUnfit(conversation, unfit);
        continue;
      }
      const split = conversation.split ?? "all";
      const writer = writers.get(split) ?? (await open(split));
      await writer.jsonl?.write(line);
      await writer.apart?.write(JSON.stringify(row));
      await writer.csv?.write(conversation);
      writer.rows += 1;
      onRow(conversation);
    }
  } finally {
    for (const { jsonl, apart, csv: sheet } of writers.values())
      await Promise.all([jsonl?.close(), apart?.close(), sheet?.close()]);
  }
  return new Map([...writers].map(([split, { rows }]) => [split, rows]));
}

/** What writes the rows of a split. */
interface SplitWriters {
  rows: number;
  readonly jsonl: JsonLinesWriter | undefined;
  readonly apart: JsonLinesWriter | undefined;
  readonly csv: CsvWriter | undefined;
}

/**
 * JSON.stringify escapes such a half, and nothing else of that range; a backslash of the text itself is doubled before
 * it.
 */
function holdsLoneSurrogate(json: string): boolean {
  return json.includes("\\ud") && /(?<!\\)(?:\\\\)*\\ud[89a-f]/u.test(json);
}
