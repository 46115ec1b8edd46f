import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { z } from "zod";
import { lines } from "../system/files/lines.js";
import { commitFile, partialPath } from "../system/files/write-file.js";
import type { Input } from "../contract/stage.js";

/** Lines between two marks of a record file. */
const markEvery = 64;

/** A finished JSON Lines file of records. */
export const RecordFile = z.strictObject({
  path: z.string().min(1),
  records: z.int().min(0),
  bytes: z.int().min(0),
  sha256: z.string().length(64),
  marks: z
    .array(z.int().min(0))
    .describe("Byte offset of every 64th line, so that a place is found without reading what stands before it"),
});
export type RecordFile = Readonly<z.infer<typeof RecordFile>>;

/** A run of lines in a record file: a task carries the ones that it reads, and nothing of the rest. */
export interface FileSlice {
  readonly path: string;
  /** Byte at which a line begins. */
  readonly offset: number;
  /** Lines to pass over from there. */
  readonly skip: number;
  readonly records: number;
}

/** Whole lines of a file, by their bytes. */
export interface ByteRange {
  readonly path: string;
  readonly start: number;
  readonly bytes: number;
}

/** Records [start, start + count) of files taken one after the other. */
export function sliceFiles(files: readonly RecordFile[], start = 0, count = Infinity): FileSlice[] {
  const slices: FileSlice[] = [];
  let before = 0;
  for (const { path, records, marks } of files) {
    const skip = Math.max(0, start - before);
    const taken = Math.min(records, start + count - before) - skip;
    before += records;
    if (taken <= 0) continue;
    const mark = Math.floor(skip / markEvery);
    slices.push({ path, offset: marks[mark] ?? 0, skip: skip - mark * markEvery, records: taken });
  }
  return slices;
}

const slicesOfInput = new WeakMap<object, readonly FileSlice[]>();

/** Where the records of an input lie that `readSlices` has made; undefined for any other. */
export function slicesOf(input: object): readonly FileSlice[] | undefined {
  return slicesOfInput.get(input);
}

/** Reads records in order; every iteration opens the files anew. */
export function readSlices<R>(slices: readonly FileSlice[]): Input<R> {
  const input: Input<R> = {
    count: slices.reduce((sum, { records }) => sum + records, 0),
    async *[Symbol.asyncIterator]() {
      for (const slice of slices) {
        for await (const line of readLines(slice)) yield JSON.parse(line) as R;
      }
    },
  };
  slicesOfInput.set(input, slices);
  return input;
}

/** Reads whole files in order, or the first `most` records of them. */
export function readRecordFiles<R>(files: readonly RecordFile[], most = Infinity): Input<R> {
  return readSlices(sliceFiles(files, 0, most));
}

/** The lines of a slice. */
export async function* readLines({ path, offset, skip, records }: FileSlice): AsyncGenerator<string> {
  let before = skip;
  let left = records;
  for await (const line of lines(path, offset)) {
    if (before > 0) {
      before -= 1;
      continue;
    }
    yield line;
    left -= 1;
    if (left === 0) return;
  }
}

/** SHA-256 of the lines of slices, one after the other: the same in whichever files the same records lie. */
export async function hashSlices(slices: readonly FileSlice[]): Promise<string> {
  const hash = createHash("sha256");
  for (const slice of slices) for await (const bytes of bytesOf(slice)) hash.update(bytes);
  return hash.digest("hex");
}

async function* bytesOf({ path, offset, skip, records }: FileSlice): AsyncGenerator<Buffer> {
  let line = 0;
  for await (const chunk of createReadStream(path, { start: offset, highWaterMark: 1 << 18 })) {
    const data = chunk as Buffer;
    let from = line < skip ? data.length : 0;
    let next = 0;
    while (line < skip + records) {
      const end = data.indexOf(10, next);
      if (end === -1) break;
      next = end + 1;
      line += 1;
      if (line === skip) from = next;
    }
    const isOver = line === skip + records;
    yield data.subarray(from, isOver ? next : data.length);
    if (isOver) return;
  }
}

/** Writes a JSON Lines file beside its final name; `commit` makes it appear whole. */
export class RecordWriter {
  readonly #path: string;
  readonly #partial: string;
  readonly #file: FileHandle;
  readonly #hash = createHash("sha256");
  readonly #marks: number[] = [];
  #pending: Buffer[] = [];
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
    await this.writeLine(JSON.stringify(value));
  }

  /** Writes a record that is a JSON text already. */
  async writeLine(text: string): Promise<void> {
    // Line by line: of a text that is joined, one character above U+00FF would make all of it take longer.
    const line = Buffer.from(`${text}\n`);
    if (this.#records % markEvery === 0) this.#marks.push(this.#bytes);
    this.#records += 1;
    this.#bytes += line.length;
    this.#pending.push(line);
    this.#pendingLength += line.length;
    if (this.#pendingLength > 1 << 18) await this.#flush();
  }

  /** Copies whole lines of a finished file, as they are. */
  async copy({ path, start, bytes }: ByteRange): Promise<void> {
    if (bytes === 0) return;
    await this.#flush();
    let lineStart = this.#bytes;
    for await (const chunk of createReadStream(path, { start, end: start + bytes - 1, highWaterMark: 1 << 20 })) {
      const data = chunk as Buffer;
      for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, end + 1)) {
        if (this.#records % markEvery === 0) this.#marks.push(lineStart);
        this.#records += 1;
        lineStart = this.#bytes + end + 1;
      }
      this.#bytes += data.length;
      this.#hash.update(data);
      await this.#file.writeFile(data);
    }
  }

  async commit(): Promise<RecordFile> {
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    await commitFile(this.#partial, this.#path);
    return {
      path: this.#path,
      records: this.#records,
      bytes: this.#bytes,
      sha256: this.#hash.digest("hex"),
      marks: this.#marks,
    };
  }

  async abandon(): Promise<void> {
    await this.#file.close();
    await rm(this.#partial, { force: true });
  }

  async #flush(): Promise<void> {
    const data = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingLength = 0;
    this.#hash.update(data);
    await this.#file.writeFile(data);
  }
}
