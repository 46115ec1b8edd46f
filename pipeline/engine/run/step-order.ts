import type { RunStarted } from "../../contract/events.js";
import { inputKinds } from "../../contract/stage.js";
import type { StepSummary } from "../../contract/step-summary.js";
import { type StepManifest, summarise } from "../state/manifest.js";
import type { Plan, PlannedStep } from "../plan/plan.js";

/** The steps of a run as `run-started` tells them. */
export function describeSteps(selected: readonly PlannedStep[], forced: ReadonlySet<string>): RunStarted["steps"] {
  // What reads from a step that runs again because inputs failed may have to run, and may not.
  const open = new Set<string>();
  return selected.map(({ step: { id, stage, from }, readsFrom, manifest, earlier }) => {
    if (earlier !== null || readsFrom.some((read) => open.has(read))) open.add(id);
    return {
      step: id,
      stage: stage.name,
      summary: stage.summary,
      cached: manifest !== null && !forced.has(id) && !open.has(id),
      from: readsFrom,
      reads: [...inputKinds(stage)].flatMap(([input, { name }]) => (from.has(input) ? [name] : [])),
      writes: stage.writes.name,
    };
  });
}

/** Models that steps after this one ask, of those that still have to run. */
export function modelsAfter(
  id: string,
  plan: Plan,
  { isSelected, forced }: { readonly isSelected: ReadonlySet<string>; readonly forced: ReadonlySet<string> },
): Set<string> {
  const after = plan.steps.slice(plan.steps.findIndex(({ step }) => step.id === id) + 1);
  const running = after.filter(
    ({ step, manifest }) => isSelected.has(step.id) && (manifest === null || forced.has(step.id)),
  );
  return new Set(running.flatMap(({ resolved }) => resolved.models));
}

/** What the steps before this one counted, in the order of the file. */
export function historyOf(
  planned: PlannedStep,
  plan: Plan,
  finished: ReadonlyMap<string, StepManifest>,
): StepSummary[] {
  const byId = new Map(plan.steps.map((each) => [each.step.id, each]));
  const ancestors = new Set<string>();
  const visit = (id: string) => {
    for (const parent of byId.get(id)?.readsFrom ?? []) {
      if (!ancestors.has(parent)) {
        ancestors.add(parent);
        visit(parent);
      }
    }
  };
  visit(planned.step.id);
  return plan.steps.flatMap(({ step }) => {
    const manifest = ancestors.has(step.id) ? finished.get(step.id) : undefined;
    return manifest === undefined ? [] : [summarise(manifest)];
  });
}
