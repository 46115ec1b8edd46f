import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { hashFile } from "../../system/hash.js";
import { type OutputFile, type StepManifest, summarise } from "../state/manifest.js";
import { checkClashes, manifestName, publishedFiles } from "../config/outputs.js";
import { type OutputsManifest, readOutputsManifest } from "../state/outputs-manifest.js";
import type { Pipeline, Step } from "../config/pipeline.js";
import { completePublishing, publishFiles } from "./publishing.js";

/** A pipeline with the finished results of its steps. */
export interface FinishedPlan {
  readonly pipeline: Pick<Pipeline, "name" | "seed">;
  readonly steps: readonly FinishedStep[];
}

/** A step whose files are published. */
export interface FinishedStep {
  readonly step: Pick<Step, "id" | "location" | "output">;
  readonly folder: string;
  readonly manifest: StepManifest;
}

/** Lists and hashes what a step left for the user; an empty list where it left nothing. */
export async function collectOutputs(folder: string): Promise<OutputFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(
    files.toSorted().map(async (path) => ({
      path: relative(folder, path).split(sep).join("/"),
      sha256: await hashFile(path),
      bytes: (await stat(path)).size,
    })),
  );
}

/**
 * Makes the outputs folder hold what the steps left: all of it or, until then, all that it held before (see
 * publishing.ts). Files that an earlier run published and this one did not go; those that nobody published are the
 * user's. `warn` is told of a manifest there that cannot be trusted.
 */
export async function publish(folder: string, plan: FinishedPlan, warn: (message: string) => void): Promise<void> {
  await completePublishing(folder, warn);
  const wanted = describe(plan);
  const before = await readOutputsManifest(folder);
  if ("damage" in before) {
    warn(
      `${join(folder, manifestName)} is damaged: ${before.damage}. The outputs are published again; ` +
        "what an earlier run left there, and this one does not, stays",
    );
  }
  const known = "manifest" in before ? before.manifest : null;
  if (known !== null && JSON.stringify(known) === JSON.stringify(wanted) && (await isThere(folder, wanted))) return;
  checkClashes(plan.steps.map(({ step, manifest: { outputs } }) => ({ step, paths: outputs.map(({ path }) => path) })));
  const files = plan.steps.flatMap(({ step, folder: stepFolder, manifest: { outputs } }) =>
    publishedFiles(step, outputs).map((file, index) => ({
      ...file,
      from: join(stepFolder, "output", outputs[index]?.path ?? ""),
    })),
  );
  const kept = new Set(files.map(({ path }) => path));
  const stale = (known?.files ?? []).map(({ path }) => path).filter((path) => !kept.has(path));
  await publishFiles(folder, { files, stale, manifest: wanted });
}

/** True where the files are there, by their sizes. */
async function isThere(folder: string, { files }: OutputsManifest): Promise<boolean> {
  const sizes = await Promise.all(
    files.map(async ({ path, bytes }) => (await stat(join(folder, path)).catch(() => undefined))?.size === bytes),
  );
  return sizes.every(Boolean);
}

function describe({ pipeline: { name, seed }, steps }: FinishedPlan): OutputsManifest {
  return {
    name,
    seed,
    steps: steps.map(({ manifest }) => ({ ...summarise(manifest), fingerprint: manifest.fingerprint })),
    files: steps
      .flatMap(({ step, manifest: { outputs } }) => publishedFiles(step, outputs))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}
