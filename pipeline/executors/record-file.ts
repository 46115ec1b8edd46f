import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { commitFile, partialPath } from "../files/write-file.js";
import type { Input } from "../stage.js";

/** Records a partition: the unit that is run, committed and resumed. Fixed, so that results never depend on the number of workers. */
export const partitionSize = 64;

/** A finished JSON Lines file of records. */
export interface RecordFile {
  readonly path: string;
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Byte offset of every 64th line, so that a partition is found without reading what stands before it. */
  readonly marks: readonly number[];
}

/** Records [start, start + count) of files taken one after the other. */
export interface Slice {
  readonly start: number;
  readonly count: number;
}

/** Reads records from files in order; every iteration opens them anew. */
export function readRecordFiles<R>(files: readonly RecordFile[], slice: Slice = { start: 0, count: Infinity }): Input<R> {
  const total = files.reduce((sum, { records }) => sum + records, 0);
  return {
    count: Math.max(0, Math.min(slice.count, total - slice.start)),
    async *[Symbol.asyncIterator]() {
      let skip = slice.start;
      let left = slice.count;
      for (const file of files) {
        if (left <= 0) return;
        if (skip >= file.records) {
          skip -= file.records;
          continue;
        }
        for await (const line of readLines(file, skip, left)) {
          yield JSON.parse(line) as R;
          left -= 1;
        }
        skip = 0;
      }
    },
  };
}

/** Lines of a text file, split at line feeds alone: a JSON text may hold other line separators. */
export async function* lines(path: string, start = 0): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { start, highWaterMark: 1 << 18 })) {
    const data = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
    let from = 0;
    for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, from)) {
      yield data.toString("utf8", from, end);
      from = end + 1;
    }
    rest = data.subarray(from);
  }
  if (rest.length > 0) yield rest.toString("utf8");
}

async function* readLines(file: RecordFile, skip: number, most: number): AsyncGenerator<string> {
  const mark = Math.floor(skip / partitionSize);
  let before = skip - mark * partitionSize;
  let left = most;
  for await (const line of lines(file.path, file.marks[mark] ?? 0)) {
    if (before > 0) {
      before -= 1;
      continue;
    }
    if (left <= 0) return;
    left -= 1;
    yield line;
  }
}

/** Writes a JSON Lines file beside its final name; `commit` makes it appear whole. */
export class RecordWriter {
  readonly #path: string;
  readonly #partial: string;
  readonly #file: FileHandle;
  readonly #hash = createHash("sha256");
  readonly #marks: number[] = [];
  #pending: string[] = [];
  #pendingLength = 0;
  #records = 0;
  #bytes = 0;

  private constructor(path: string, partial: string, file: FileHandle) {
    this.#path = path;
    this.#partial = partial;
    this.#file = file;
  }

  static async create(path: string): Promise<RecordWriter> {
    const partial = partialPath(path);
    return new RecordWriter(path, partial, await open(partial, "w"));
  }

  get records(): number {
    return this.#records;
  }

  async write(value: unknown): Promise<void> {
    const line = `${JSON.stringify(value)}\n`;
    if (this.#records % partitionSize === 0) this.#marks.push(this.#bytes);
    this.#records += 1;
    this.#bytes += Buffer.byteLength(line);
    this.#pending.push(line);
    this.#pendingLength += line.length;
    if (this.#pendingLength > 1 << 18) await this.#flush();
  }

  async commit(): Promise<RecordFile> {
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    await commitFile(this.#partial, this.#path);
    return { path: this.#path, records: this.#records, bytes: this.#bytes, sha256: this.#hash.digest("hex"), marks: this.#marks };
  }

  async abandon(): Promise<void> {
    await this.#file.close();
    await rm(this.#partial, { force: true });
  }

  async #flush(): Promise<void> {
    const data = Buffer.from(this.#pending.join(""));
    this.#pending = [];
    this.#pendingLength = 0;
    this.#hash.update(data);
    await this.#file.writeFile(data);
  }
}
