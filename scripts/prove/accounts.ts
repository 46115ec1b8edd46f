import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { leftFiles, outputFiles, type StepManifest } from "../../pipeline/engine/state/manifest.js";
import type { LeftRecord } from "../../pipeline/partition/protocol.js";
import { readRecordFiles } from "../../pipeline/partition/record-file.js";
import { lines } from "../../pipeline/system/files/lines.js";
import { loadPipeline, plan } from "../../pipeline/index.js";
import type { AnyRecord } from "../../pipeline/contract/kind.js";

/**
 * Follows every record of a finished run by its id, from the files that the steps left and not from what they counted:
 * an input is named by an output or in the exported rows, was left out with a reason, or was skipped by `limit`.
 *
 *   node dist/scripts/prove/accounts.js [--pipeline build-dataset]      in the project's folder
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { pipeline: { type: "string", default: "build-dataset" } } });
  const { steps } = await plan(await loadPipeline(values.pipeline));
  const outputs = new Map<string, ReadonlySet<string>>();
  const accounts: Account[] = [];
  for (const { step, manifest, folder } of steps) {
    if (manifest === null) throw new Error(`step "${step.id}" is not finished: pipeline run ${values.pipeline}`);
    const made = await recordsOf(manifest);
    const [streamed = [], ...others] = step.from.values();
    const inputs = new Set(streamed.flatMap((id) => [...(outputs.get(id) ?? [])]));
    const read = others.flat().reduce((sum, id) => sum + (outputs.get(id)?.size ?? 0), 0);
    accounts.push(await account(step.id, inputs, read, { made, manifest, folder }));
    outputs.set(step.id, new Set(made.map(({ id }) => id)));
  }
  console.table(Object.fromEntries(accounts.map(({ step, ...figures }) => [step, figures])));
  process.exitCode = accounts.some(({ unaccounted, twice }) => unaccounted > 0 || twice > 0) ? 1 : 0;
}

/** Inputs by what became of them. `read`: records of further inputs, which a step looks things up in. */
interface Account {
  readonly step: string;
  readonly in: number;
  readonly read: number;
  readonly used: number;
  readonly exported: number;
  readonly dropped: number;
  readonly failed: number;
  readonly skipped: number;
  readonly unaccounted: number;
  /** Inputs that are both used and left out. */
  readonly twice: number;
  readonly out: number;
}

interface Results {
  readonly made: readonly AnyRecord[];
  readonly manifest: StepManifest;
  readonly folder: string;
}

async function account(
  step: string,
  inputs: ReadonlySet<string>,
  read: number,
  { made, manifest, folder }: Results,
): Promise<Account> {
  const left = new Map<string, LeftRecord["type"]>();
  for await (const { type, record } of readRecordFiles<LeftRecord>(leftFiles(manifest))) {
    if (record !== null && (type === "dropped" || type === "failed")) left.set(record, type);
  }
  const used = new Set(made.flatMap(({ id, from }) => [id, ...from]));
  const exported = await exportedIds(join(folder, "output", "jsonl"));
  const count = (test: (id: string) => boolean) => [...inputs].filter(test).length;
  const isUsed = (id: string) => used.has(id) || exported.has(id);
  const named = count((id) => isUsed(id) || left.has(id));
  // What `limit` leaves out is not listed anywhere: it is all that the step did not look at.
  const { skipped } = manifest.counts;
  return {
    step,
    in: inputs.size,
    read,
    used: count((id) => used.has(id)),
    exported: count((id) => exported.has(id)),
    dropped: count((id) => left.get(id) === "dropped"),
    failed: count((id) => left.get(id) === "failed"),
    skipped,
    unaccounted: Math.abs(inputs.size - named - skipped),
    twice: count((id) => isUsed(id) && left.has(id)),
    out: made.length,
  };
}

async function recordsOf(manifest: StepManifest): Promise<AnyRecord[]> {
  const records: AnyRecord[] = [];
  for await (const record of readRecordFiles<AnyRecord>(outputFiles(manifest))) records.push(record);
  return records;
}

/** Ids of the rows that a step wrote for the user; none where it wrote no rows. */
async function exportedIds(folder: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const name of await readdir(folder).catch(() => [])) {
    for await (const line of lines(join(folder, name))) ids.add((JSON.parse(line) as { id: string }).id);
  }
  return ids;
}

await main();
