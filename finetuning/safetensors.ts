import { open, readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { PipelineError } from "../pipeline/system/errors.js";

const Entry = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
type Entry = z.infer<typeof Entry>;

/** A tensor as a safetensors file holds it: its bytes in row-major order. */
export interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Names and shapes of what a safetensors file holds. Reads its head alone. */
export async function readTensorShapes(path: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const file = await open(path, "r");
  try {
    const length = Buffer.alloc(8);
    await file.read(length, 0, 8, 0);
    const head = Buffer.alloc(headLength(length, path));
    await file.read(head, 0, head.length, 8);
    return new Map(entriesOf(head, path).map(([name, { shape }]) => [name, shape]));
  } finally {
    await file.close();
  }
}

/** A whole file, of a size that fits into memory: an adapter. */
export async function readTensors(path: string): Promise<Map<string, Tensor>> {
  const bytes = await readFile(path);
  const begin = 8 + headLength(bytes, path);
  const entries = entriesOf(bytes.subarray(8, begin), path);
  return new Map(
    entries.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => [name, { dtype, shape, data: bytes.subarray(begin + from, begin + to) }],
    ),
  );
}

/** Writes tensors in the order of their names. */
export async function writeTensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  let offset = 0;
  const sorted = [...tensors].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const entries = sorted.map(([name, { dtype, shape, data }]) => {
    const from = offset;
    offset += data.length;
    return [name, { dtype, shape, data_offsets: [from, offset] }] as const;
  });
  const head = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const padded = Buffer.from(head + " ".repeat((8 - (Buffer.byteLength(head) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  await writeFile(path, Buffer.concat([length, padded, ...sorted.map(([, { data }]) => data)]));
}

/** A matrix with its rows as columns. */
export function transposed({ dtype, shape, data }: Tensor): Tensor {
  const [rows = 0, columns = 0] = shape;
  const size = data.length / (rows * columns);
  const turned = new Uint8Array(data.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const from = (row * columns + column) * size;
      turned.set(data.subarray(from, from + size), (column * rows + row) * size);
    }
  }
  return { dtype, shape: [columns, rows], data: turned };
}

function headLength(bytes: Buffer, path: string): number {
  const length = bytes.length >= 8 ? Number(bytes.readBigUInt64LE(0)) : Infinity;
  if (length <= 100_000_000) return length;
  throw damaged(path);
}

function entriesOf(head: Buffer, path: string): [string, Entry][] {
  try {
    const { __metadata__: _metadata, ...entries } = JSON.parse(head.toString("utf8")) as Record<string, unknown>;
    return Object.entries(entries).map(([name, entry]) => [name, Entry.parse(entry)]);
  } catch (error) {
    throw damaged(path, error);
  }
}

function damaged(path: string, cause?: unknown): PipelineError {
  return new PipelineError(`${path} is no safetensors file, or not whole`, { code: "model", cause });
}
