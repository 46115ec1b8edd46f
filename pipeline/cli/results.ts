import { existsSync } from "node:fs";
import { readManifest, stepFolder, type StepManifest } from "../engine/state/manifest.js";
import { stateDir } from "../engine/config/options.js";
import { type RunRow, Store } from "../engine/state/store.js";
import { PipelineError } from "../system/errors.js";
import { suggestion } from "../system/suggest.js";

/** A run with the results of its steps that are still kept, in order. */
export interface RunResults {
  readonly run: RunRow;
  readonly manifests: readonly StepManifest[];
}

const state = () => stateDir({ cwd: process.cwd() });

/** The store of this folder. Throws a PipelineError (usage) where nothing has run here. */
export async function withStore<T>(use: (store: Store, folder: string) => Promise<T> | T): Promise<T> {
  const folder = state();
  if (!existsSync(folder)) {
    throw new PipelineError("nothing has run in this folder yet: it has no .pipeline", {
      code: "usage",
      hint: "go to the folder that you ran a pipeline in, or run one: pipeline run build-dataset",
    });
  }
  const store = Store.open(folder);
  try {
    return await use(store, folder);
  } finally {
    store.close();
  }
}

/** For each pipeline of this folder, its newest run that finished a step; newest first. */
export async function newestResults(): Promise<RunResults[]> {
  return await withStore(async (store, folder) => {
    const newest = new Map<string, RunResults>();
    for (const run of store.runs(200)) {
      if (newest.has(run.pipeline)) continue;
      const found = await Promise.all(
        store.steps(run.run).map(({ step, fingerprint }) => readManifest(stepFolder(folder, step, fingerprint))),
      );
      const manifests = found.filter((manifest) => manifest !== null);
      if (manifests.length > 0) newest.set(run.pipeline, { run, manifests });
    }
    return [...newest.values()];
  });
}

/**
 * The newest result of a step, with the name of its pipeline. Throws a PipelineError (usage) that lists the steps there
 * are.
 */
export async function newestResult(
  step: string,
): Promise<{ readonly manifest: StepManifest; readonly pipeline: string }> {
  const results = (await newestResults()).flatMap(({ run: { pipeline }, manifests }) =>
    manifests.map((manifest) => ({ manifest, pipeline })),
  );
  const found = results.find(({ manifest }) => manifest.step === step);
  if (found !== undefined) return found;
  const steps = [...new Set(results.map(({ manifest }) => manifest.step))];
  throw new PipelineError(`no finished step "${step}" in this folder`, {
    code: "usage",
    hint:
      steps.length === 0 ? "no step has finished here yet: pipeline status" : suggestion(step, steps, "Finished are:"),
  });
}
