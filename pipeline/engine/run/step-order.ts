import type { RunStarted } from "../../contract/events.js";
import { inputKinds } from "../../contract/stage.js";
import type { StepSummary } from "../../contract/step-summary.js";
import { type StepManifest, summarise } from "../state/manifest.js";
import type { Plan, PlannedStep } from "../plan/plan.js";

/** The steps of a run as `run-started` tells them. */
export function describeSteps(selected: readonly PlannedStep[], forced: ReadonlySet<string>): RunStarted["steps"] {
  // What reads from a step that runs again because inputs failed may have to run, and may not.
  const open = new Set<string>();
  return selected.map(({ step: { id, stage, from }, readsFrom, resolved, manifest, earlier }) => {
    if (earlier !== null || readsFrom.some((read) => open.has(read))) open.add(id);
    return {
      step: id,
      stage: stage.name,
      summary: stage.summary,
      cached: manifest !== null && !forced.has(id) && !open.has(id),
      from: readsFrom,
      models: resolved.models,
      reads: [...inputKinds(stage)].flatMap(([input, { name }]) => (from.has(input) ? [name] : [])),
      writes: stage.writes.name,
    };
  });
}

/** Steps that this one reads from, directly or not. */
export function stepsBefore({ readsFrom }: Pick<PlannedStep, "readsFrom">, { steps }: Plan): ReadonlySet<string> {
  const byId = new Map(steps.map((each) => [each.step.id, each]));
  const found = new Set<string>();
  const visit = (ids: readonly string[]) => {
    for (const id of ids.filter((each) => !found.has(each))) {
      found.add(id);
      visit(byId.get(id)?.readsFrom ?? []);
    }
  };
  visit(readsFrom);
  return found;
}

/** What these steps counted, in the order of the file. */
export function historyOf(
  ids: ReadonlySet<string>,
  { steps }: Plan,
  finished: ReadonlyMap<string, StepManifest>,
): StepSummary[] {
  return steps.flatMap(({ step }) => {
    const manifest = ids.has(step.id) ? finished.get(step.id) : undefined;
    return manifest === undefined ? [] : [summarise(manifest)];
  });
}
