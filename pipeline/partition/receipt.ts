import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { hashFile } from "../system/hash.js";
import { writeFileAtomic } from "../system/files/write-file.js";
import { ReasonCount } from "../contract/reasons.js";
import { RecordFile } from "./record-file.js";
import { parseJson } from "../system/files/parse-json.js";

const count = z.int().min(0);

/** What became of a partition's inputs, and what came out. */
export const Counts = z.strictObject({
  in: count,
  used: count.describe("Inputs that were passed on, or stand in some output's `from`"),
  out: count,
  dropped: count,
  failed: count,
  skipped: count,
  rejectedParts: count,
  refused: count,
});
export type Counts = Readonly<z.infer<typeof Counts>>;

/** Why things were left out, most frequent first. */
export const Reasons = z.array(ReasonCount);

/** What the stage told with `context.notice`, each text once. */
export const Notices = z.array(z.string());

/** What a finished partition says of itself; written last, so that its presence proves the partition. */
export const PartitionReceipt = z.strictObject({
  partition: count,
  attempt: count,
  input: z
    .string()
    .length(64)
    .nullable()
    .describe(
      "SHA-256 of the records that it was given, as they lie in their files; null for a stage that sees everything",
    ),
  counts: Counts,
  output: RecordFile,
  left: RecordFile,
  reasons: Reasons,
  notices: Notices,
});
export type PartitionReceipt = Readonly<z.infer<typeof PartitionReceipt>>;

/** Begins the names of all files of a partition. */
export function partitionName(partition: number): string {
  return `part-${String(partition).padStart(5, "0")}`;
}

/**
 * Writes a receipt beside the partition's files, which have to be whole by then. The paths in it are relative to the
 * folder.
 */
export async function writeReceipt(folder: string, receipt: PartitionReceipt): Promise<void> {
  const { output, left } = receipt;
  const relative = {
    ...receipt,
    output: { ...output, path: basename(output.path) },
    left: { ...left, path: basename(left.path) },
  };
  await writeFileAtomic(join(folder, `${partitionName(receipt.partition)}.json`), JSON.stringify(relative));
}

/**
 * The receipt of a partition that this attempt has finished before, with its files compared with what it says of them;
 * undefined where there is none that can be trusted.
 * @param inputOf the hash of what the partition is given now; a receipt for anything else is none
 */
export async function readReceipt(
  folder: string,
  partition: number,
  attempt: number,
  inputOf: () => Promise<string | null>,
): Promise<PartitionReceipt | undefined> {
  const text = await readFile(join(folder, `${partitionName(partition)}.json`), "utf8").catch(() => undefined);
  const parsed = text === undefined ? undefined : PartitionReceipt.safeParse(parseJson(text)).data;
  if (parsed?.partition !== partition || parsed.attempt !== attempt) return undefined;
  if (parsed.input !== (await inputOf())) return undefined;
  const place = (file: RecordFile): RecordFile => ({ ...file, path: join(folder, basename(file.path)) });
  const receipt = { ...parsed, output: place(parsed.output), left: place(parsed.left) };
  return (await isWhole(receipt.output)) && (await isWhole(receipt.left)) ? receipt : undefined;
}

async function isWhole({ path, sha256 }: RecordFile): Promise<boolean> {
  return (await hashFile(path).catch(() => null)) === sha256;
}
