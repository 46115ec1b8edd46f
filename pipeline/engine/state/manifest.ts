import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import { Counts, Notices, type PartitionReceipt, Reasons } from "../../partition/receipt.js";
import { RecordFile } from "../../partition/record-file.js";
import { RelativePath } from "../../system/files/relative-path.js";
import { partialEnding, writeFileAtomic } from "../../system/files/write-file.js";
import { hashValue } from "../../system/hash.js";
import { ReasonCounts } from "../../contract/reasons.js";
import type { StepSummary } from "../../contract/step-summary.js";
import { parseJson } from "../../system/files/parse-json.js";

/** A file that a step left for the user: its path below the step's outputs, and what it has to hash to. */
export const OutputFile = z.strictObject({ path: RelativePath, sha256: z.string(), bytes: z.int().min(0) });
export type OutputFile = Readonly<z.infer<typeof OutputFile>>;

/** What a finished step says of itself. Its presence proves the step; it is written last. */
const StepManifest = z.strictObject({
  step: z.string(),
  stage: z.string(),
  writes: z.string().describe("Kind of the records"),
  fingerprint: z.string(),
  parts: z
    .record(z.string(), z.unknown())
    .describe("What the fingerprint was made from, so that a difference can be named"),
  texts: z
    .record(z.string(), z.string())
    .describe("Texts of prompts by option, so that `explain --miss` can show the line that changed"),
  counts: Counts,
  reasons: Reasons,
  notices: Notices,
  attempt: z.int().min(0).describe("How often the step was finished before, with failures"),
  records: RecordFile.extend({ path: RelativePath }),
  left: RecordFile.extend({ path: RelativePath }).describe("What did not pass on, as lines of LeftRecord"),
  partitions: z
    .array(
      z.strictObject({
        counts: Counts,
        reasons: Reasons,
        notices: Notices,
        outputBytes: z.int().min(0),
        left: z.strictObject({ bytes: z.int().min(0), records: z.int().min(0) }),
      }),
    )
    .describe("Where the partitions lie in the two files; listed where inputs failed, so that those alone run again"),
  outputs: z.array(OutputFile).describe("Files for the user: POSIX paths below the step's `output` folder"),
});
export type StepManifest = Readonly<z.infer<typeof StepManifest>>;

/** Folder of a step's results: `.pipeline/steps/<step>/<fingerprint>`. */
export function stepFolder(stateDir: string, step: string, fingerprint: string): string {
  return join(stateDir, "steps", step, fingerprint.slice(0, 16));
}

/**
 * What a step's folder holds: the manifest of the finished step, or what is wrong with it; neither where the step is
 * not finished.
 */
export interface FoundResult {
  readonly manifest: StepManifest | null;
  /** What is damaged, in words that follow "its result is damaged:". */
  readonly damage: string | null;
}

/**
 * The result that a folder holds, by its manifest alone: whether its files are what that says is for findDamage to
 * tell.
 */
export async function findResult(folder: string): Promise<FoundResult> {
  let text: string;
  try {
    text = await readFile(join(folder, "manifest.json"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { manifest: null, damage: null };
    throw error;
  }
  const parsed = StepManifest.safeParse(parseJson(text));
  if (!parsed.success) return { manifest: null, damage: "its manifest.json is not what a finished step leaves" };
  const place = (file: RecordFile): RecordFile => ({ ...file, path: join(folder, file.path) });
  return {
    manifest: { ...parsed.data, records: place(parsed.data.records), left: place(parsed.data.left) },
    damage: null,
  };
}

/** The manifest of a finished step; null where the step is not finished, or its manifest is damaged. */
export async function readManifest(folder: string): Promise<StepManifest | null> {
  return (await findResult(folder)).manifest;
}

/** Compares all files of a result with what its manifest says of them. Answers what is wrong, or null. */
export async function findDamage(
  folder: string,
  { records, left, outputs }: StepManifest,
  hashOf: (path: string) => Promise<string>,
): Promise<string | null> {
  const files = [records, left, ...outputs.map((output) => ({ ...output, path: join(folder, "output", output.path) }))];
  for (const { path, bytes, sha256 } of files) {
    const size = await stat(path).then(
      (found) => found.size,
      () => null,
    );
    const shown = relative(folder, path);
    if (size === null) return `${shown} is missing`;
    if (size !== bytes || (await hashOf(path)) !== sha256) return `${shown} was changed since it was written`;
  }
  return null;
}

/**
 * Closes a step: written last and at once, so that a folder with a manifest is a finished result. Paths in it are
 * relative to the folder.
 */
export async function writeManifest(folder: string, manifest: StepManifest): Promise<void> {
  const { records, left } = manifest;
  const inner = {
    ...manifest,
    records: { ...records, path: relative(folder, records.path) },
    left: { ...left, path: relative(folder, left.path) },
  };
  await writeFileAtomic(join(folder, "manifest.json"), JSON.stringify(inner));
}

/**
 * What stands for a result in the fingerprints of the steps that read it: one with failures is not yet what its own
 * fingerprint promises.
 */
export function resultIdentity({ fingerprint, counts, records }: StepManifest): string {
  return counts.failed === 0 ? fingerprint : hashValue([fingerprint, records.sha256]);
}

/** The step's records, as files in order. */
export function outputFiles({ records }: StepManifest): RecordFile[] {
  return [records];
}

/** What did not pass on, as files of LeftRecord lines. */
export function leftFiles({ left }: StepManifest): RecordFile[] {
  return [left];
}

/** What a step counted, as reports and cards show it. */
export function summarise({ step, stage, counts, reasons, notices }: StepManifest): StepSummary {
  const { used: _used, ...shown } = counts;
  return { step, stage, ...shown, reasons, notices };
}

/** Sums what the partitions of a step counted. */
export function total(
  partitions: readonly Pick<PartitionReceipt, "counts" | "reasons" | "notices">[],
): Pick<StepManifest, "counts" | "reasons" | "notices"> {
  const counts: Record<keyof Counts, number> = {
    in: 0,
    used: 0,
    out: 0,
    dropped: 0,
    failed: 0,
    skipped: 0,
    rejectedParts: 0,
    refused: 0,
  };
  const reasons = new ReasonCounts();
  for (const receipt of partitions) {
    for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += receipt.counts[key];
    for (const counted of receipt.reasons) reasons.add(counted);
  }
  return { counts, reasons: reasons.list(), notices: [...new Set(partitions.flatMap(({ notices }) => notices))] };
}

/** Finished results of a step, newest first: the manifests of other fingerprints, to compare with. */
export async function earlierManifests(stateDir: string, step: string): Promise<StepManifest[]> {
  const folder = join(stateDir, "steps", step);
  const names = await readdir(folder).catch(() => []);
  const manifests = await Promise.all(
    names.map(async (name) => ({
      manifest: await readManifest(join(folder, name)),
      changed: await changedAt(join(folder, name)),
    })),
  );
  return manifests
    .filter(({ manifest }) => manifest !== null)
    .toSorted((a, b) => b.changed - a.changed)
    .map(({ manifest }) => manifest as StepManifest);
}

/** Makes a step's folder ready: what finished partitions left stays, everything half-done goes. */
export async function prepareFolder(folder: string, { discard }: { discard: boolean }): Promise<void> {
  if (discard) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const halfDone = (await readdir(folder)).filter(
    (name) => name.endsWith(partialEnding) || name.endsWith(".joined") || name.startsWith("index-"),
  );
  await Promise.all(halfDone.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

async function changedAt(folder: string): Promise<number> {
  return (await stat(folder)).mtimeMs;
}
