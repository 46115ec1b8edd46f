import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { StepSummary } from "../stage.js";
import { partialEnding, writeFileAtomic } from "../files/write-file.js";
import { relocate } from "../executors/partition.js";
import type { Counts, PartitionReceipt } from "../executors/protocol.js";
import type { RecordFile } from "../executors/record-file.js";

/** What a finished step says of itself. Its presence proves the step; it is written last. */
export interface StepManifest {
  readonly step: string;
  readonly stage: string;
  readonly fingerprint: string;
  /** What the fingerprint was made from, so that a difference can be named. */
  readonly parts: Readonly<Record<string, unknown>>;
  /** Texts of prompts by option, so that `explain --miss` can show the line that changed. */
  readonly texts: Readonly<Record<string, string>>;
  readonly counts: Counts;
  readonly reasons: Readonly<Record<string, number>>;
  readonly partitions: readonly PartitionReceipt[];
  /** Files for the user: POSIX paths below the step's `output` folder. */
  readonly outputs: readonly OutputFile[];
}

export interface OutputFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Folder of a step's results: `.pipeline/steps/<step>/<fingerprint>`. */
export function stepFolder(stateDir: string, step: string, fingerprint: string): string {
  return join(stateDir, "steps", step, fingerprint.slice(0, 16));
}

/** The manifest of a finished step; null where the step is not finished. */
export async function readManifest(folder: string): Promise<StepManifest | null> {
  let text: string;
  try {
    text = await readFile(join(folder, "manifest.json"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const manifest = JSON.parse(text) as StepManifest;
  return { ...manifest, partitions: manifest.partitions.map((receipt) => relocate(receipt, (path) => join(folder, path))) };
}

export async function writeManifest(folder: string, manifest: StepManifest): Promise<void> {
  const partitions = manifest.partitions.map((receipt) => relocate(receipt, (path) => path.slice(folder.length + 1)));
  await writeFileAtomic(join(folder, "manifest.json"), JSON.stringify({ ...manifest, partitions }));
}

/** The step's records, as files in order. */
export function outputFiles({ partitions }: StepManifest): RecordFile[] {
  return partitions.map(({ output }) => output);
}

/** What did not pass on, as files of LeftRecord lines. */
export function leftFiles({ partitions }: StepManifest): RecordFile[] {
  return partitions.map(({ left }) => left);
}

export function summarise({ step, stage, counts, reasons }: StepManifest): StepSummary {
  const { used: _used, ...shown } = counts;
  const sorted = Object.entries(reasons).map(([reason, count]) => ({ reason, count }));
  sorted.sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
  return { step, stage, ...shown, reasons: sorted };
}

/** Sums what the partitions of a step counted. */
export function total(partitions: readonly PartitionReceipt[]): { counts: Counts; reasons: Record<string, number> } {
  const counts: Record<keyof Counts, number> = { in: 0, used: 0, out: 0, dropped: 0, failed: 0, skipped: 0, rejectedParts: 0, refused: 0 };
  const reasons: Record<string, number> = {};
  for (const receipt of partitions) {
    for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += receipt.counts[key];
    for (const [reason, count] of Object.entries(receipt.reasons)) reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  return { counts, reasons };
}

/** Finished results of a step, newest first: the manifests of other fingerprints, to compare with. */
export async function earlierManifests(stateDir: string, step: string): Promise<StepManifest[]> {
  const folder = join(stateDir, "steps", step);
  const names = await readdir(folder).catch(() => []);
  const manifests = await Promise.all(names.map(async (name) => ({ manifest: await readManifest(join(folder, name)), changed: await changedAt(join(folder, name)) })));
  return manifests.filter(({ manifest }) => manifest !== null).toSorted((a, b) => b.changed - a.changed).map(({ manifest }) => manifest as StepManifest);
}

/** Makes a step's folder ready: what finished partitions left stays, everything half-done goes. */
export async function prepareFolder(folder: string, { discard }: { discard: boolean }): Promise<void> {
  if (discard) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const halfDone = (await readdir(folder)).filter((name) => name.endsWith(partialEnding) || name.startsWith("index-"));
  await Promise.all(halfDone.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

async function changedAt(folder: string): Promise<number> {
  return (await stat(folder)).mtimeMs;
}
