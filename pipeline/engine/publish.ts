import { constants } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { commitFile, sync, writeFileAtomic } from "../files/write-file.js";
import { hashFile } from "../hash.js";
import { type OutputFile, type StepManifest, summarise } from "./manifest.js";
import type { Pipeline } from "./pipeline.js";

/** A pipeline with the finished results of its steps. */
export interface FinishedPlan {
  readonly pipeline: Pick<Pipeline, "name" | "seed">;
  readonly steps: readonly { readonly folder: string; readonly manifest: StepManifest }[];
}

/** `manifest.json` beside the outputs: which steps made them, what they counted, and the files. */
interface OutputsManifest {
  readonly name: string;
  readonly seed: number;
  readonly steps: readonly (ReturnType<typeof summarise> & { readonly fingerprint: string })[];
  readonly files: readonly OutputFile[];
}

/** Lists and hashes what a step left for the user; an empty list where it left nothing. */
export async function collectOutputs(folder: string): Promise<OutputFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(files.toSorted().map(async (path) => ({
    path: relative(folder, path).split(sep).join("/"),
    sha256: await hashFile(path),
    bytes: (await stat(path)).size,
  })));
}

/** True where the outputs folder holds what the steps left, by its manifest and the sizes of the files. */
export async function isPublished(folder: string, plan: FinishedPlan): Promise<boolean> {
  const wanted = describe(plan);
  if (JSON.stringify(await readOutputsManifest(folder)) !== JSON.stringify(wanted)) return false;
  const sizes = await Promise.all(wanted.files.map(async ({ path, bytes }) => {
    const found = await stat(join(folder, path)).catch(() => undefined);
    return found?.size === bytes;
  }));
  return sizes.every(Boolean);
}

/** Copies what the steps left into the outputs folder, file by file, and removes what an earlier run published and this one did not. */
export async function publish(folder: string, plan: FinishedPlan): Promise<void> {
  const manifest = describe(plan);
  const before = await readOutputsManifest(folder);
  await mkdir(folder, { recursive: true });
  for (const { folder: stepFolder, manifest: { outputs } } of plan.steps) {
    for (const { path } of outputs) await copyAtomic(join(stepFolder, "output", path), join(folder, path));
  }
  const kept = new Set(manifest.files.map(({ path }) => path));
  const stale = (before?.files ?? []).filter(({ path }) => !kept.has(path));
  await Promise.all(stale.map(({ path }) => rm(join(folder, path), { force: true })));
  await writeFileAtomic(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function describe({ pipeline: { name, seed }, steps }: FinishedPlan): OutputsManifest {
  const manifests = steps.map(({ manifest }) => manifest);
  return {
    name,
    seed,
    steps: manifests.map((manifest) => ({ ...summarise(manifest), fingerprint: manifest.fingerprint })),
    files: manifests.flatMap(({ outputs }) => outputs).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

async function readOutputsManifest(folder: string): Promise<OutputsManifest | undefined> {
  const text = await readFile(join(folder, "manifest.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text) as OutputsManifest;
}

async function copyAtomic(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, `${to}.partial`, constants.COPYFILE_FICLONE);
  await sync(`${to}.partial`);
  await commitFile(`${to}.partial`, to);
}
