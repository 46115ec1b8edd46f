import { link, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { commitFile } from "../../system/files/write-file.js";
import type { Counts } from "../../partition/receipt.js";
import { type ByteRange, type RecordFile, RecordWriter } from "../../partition/record-file.js";
import type { StepManifest } from "./manifest.js";

/** A partition of a finished step, as lines of the step's two files. */
export interface EarlierReceipt {
  readonly counts: Counts;
  readonly reasons: StepManifest["reasons"];
  readonly notices: StepManifest["notices"];
  readonly output: ByteRange & { readonly records: number };
  readonly left: ByteRange & { readonly records: number };
}

/**
 * The lines of all partitions, in order, as one file that is named by what it holds: nobody who reads the file of an
 * earlier attempt is disturbed.
 */
export async function joinFiles(
  folder: string,
  name: string,
  parts: readonly (RecordFile | ByteRange)[],
): Promise<RecordFile> {
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only !== undefined && "sha256" in only) {
    const path = nameOf(folder, name, only);
    const linked = await link(only.path, path).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === "EEXIST",
    );
    if (linked) return { ...only, path };
  }
  const writer = await RecordWriter.create(join(folder, `${name}.joined`));
  try {
    for (const part of parts)
      await writer.copy("start" in part ? part : { path: part.path, start: 0, bytes: part.bytes });
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  const joined = await writer.commit();
  const path = nameOf(folder, name, joined);
  await commitFile(joined.path, path);
  return { ...joined, path };
}

function nameOf(folder: string, name: string, { sha256 }: RecordFile): string {
  return join(folder, `${name}-${sha256.slice(0, 16)}.jsonl`);
}

/** Files that partitions leave. */
const isPart = /^part-\d+\.(?:jsonl|left\.jsonl|json)$/u;
const isJoined = /^(?:records|left)-[0-9a-f]{16}\.jsonl$/u;

/** Removes what partitions left, and files of earlier attempts, once a manifest names the joined ones. */
export async function removeParts(
  folder: string,
  { records, left }: Pick<StepManifest, "records" | "left">,
): Promise<void> {
  const kept = new Set([records.path, left.path]);
  const names = await readdir(folder);
  const stale = names.filter((name) => (isPart.test(name) || isJoined.test(name)) && !kept.has(join(folder, name)));
  await Promise.all(stale.map((name) => rm(join(folder, name), { force: true })));
}

/**
 * What partitions left in one folder of a step stands in another one, too, where nothing stands yet: whether it holds
 * there, their receipts say.
 */
export async function takeOver(from: string, to: string): Promise<void> {
  const names = (await readdir(from)).filter((name) => isPart.test(name));
  // A receipt proves the files beside it: it comes last.
  for (const name of names.toSorted((a, b) => Number(a.endsWith(".json")) - Number(b.endsWith(".json"))))
    await link(join(from, name), join(to, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
}

/** The partitions of a result with failures, as its manifest lists them. */
export function earlierReceipts(manifest: StepManifest | null): EarlierReceipt[] {
  let output = 0;
  let left = 0;
  return (manifest?.partitions ?? []).map(({ counts, reasons, notices, outputBytes, left: leftOut }) => {
    const receipt: EarlierReceipt = {
      counts,
      reasons,
      notices,
      output: { path: manifest?.records.path ?? "", start: output, bytes: outputBytes, records: counts.out },
      left: { path: manifest?.left.path ?? "", start: left, ...leftOut },
    };
    output += outputBytes;
    left += leftOut.bytes;
    return receipt;
  });
}
