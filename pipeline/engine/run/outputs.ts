import { relative } from "node:path";
import type { Emit, RunFinished } from "../../contract/events.js";
import type { Artifact } from "../../contract/records.js";
import { readRecordFiles } from "../../partition/record-file.js";
import type { RunOptions } from "../config/options.js";
import { outputsDir } from "../config/options.js";
import { checkClashes, publishedPath } from "../config/outputs.js";
import type { CurrentPlan } from "../plan/current-plan.js";
import type { Plan } from "../plan/plan.js";
import { outputFiles, type StepManifest } from "../state/manifest.js";
import { publish } from "./publish.js";

/**
 * Publishes where every step of the pipeline is finished; a part of a pipeline leaves the outputs of the last whole run
 * alone.
 */
export async function publishOutputs(
  plan: Plan,
  { steps: current }: CurrentPlan,
  finished: ReadonlyMap<string, StepManifest>,
  options: RunOptions,
  emit: Emit,
): Promise<string | null> {
  const steps = [...current.values()].flatMap(({ step, folder }) => {
    const manifest = finished.get(step.id);
    return manifest === undefined ? [] : [{ step, folder, manifest }];
  });
  if (steps.length < plan.steps.length || steps.every(({ manifest }) => manifest.outputs.length === 0)) return null;
  const folder = outputsDir(options, plan.pipeline);
  await publish(folder, { pipeline: plan.pipeline, steps }, (message) =>
    emit({ type: "notice", level: "warning", message }),
  );
  return relative(options.cwd, folder);
}

/**
 * Two steps that leave one path are told as soon as both have run: before what comes after them, and before anything is
 * published.
 */
export function checkOutputs({ steps }: Plan, finished: ReadonlyMap<string, StepManifest>): void {
  checkClashes(
    steps.map(({ step }) => ({ step, paths: (finished.get(step.id)?.outputs ?? []).map(({ path }) => path) })),
  );
}

/** What the steps left for the user, as `run-finished` tells it. */
export async function artifactsOf(
  plan: Plan,
  finished: ReadonlyMap<string, StepManifest>,
): Promise<RunFinished["artifacts"]> {
  const artifacts: Pick<Artifact, "type" | "path" | "facts">[] = [];
  for (const { step } of plan.steps.filter((planned) => planned.step.stage.writes.name === "Artifact")) {
    const manifest = finished.get(step.id);
    if (manifest !== undefined)
      for await (const { type, path, facts } of readRecordFiles<Artifact>(outputFiles(manifest))) {
        artifacts.push({ type, path: publishedPath(step, path), facts });
      }
  }
  return artifacts;
}
