import { PipelineError } from "../../system/errors.js";
import type { RunOptions } from "../config/options.js";
import type { PlannedStep } from "./plan.js";

/** Which steps a run goes through, and which of them run again although they are finished. */
export interface Selection {
  readonly selected: readonly PlannedStep[];
  readonly forced: ReadonlySet<string>;
}

/**
 * The steps that a run goes through, in the order of the file. Throws a PipelineError (usage) where a step that is
 * named is not there, or cannot run without others that are not finished.
 */
export function selectSteps(
  steps: readonly PlannedStep[],
  { from, until, only, fresh = false }: Pick<RunOptions, "from" | "until" | "only" | "fresh">,
): Selection {
  for (const id of [from, until, only]) {
    if (id !== undefined && !steps.some(({ step }) => step.id === id)) {
      throw new PipelineError(`no step "${id}" in this pipeline`, {
        code: "usage",
        hint: `its steps are: ${steps.map(({ step }) => step.id).join(", ")}`,
      });
    }
  }
  if (only !== undefined) {
    const selected = steps.filter(({ step }) => step.id === only);
    requireInputs(selected, steps);
    return { selected, forced: new Set([only]) };
  }
  const last = until === undefined ? steps.length - 1 : steps.findIndex(({ step }) => step.id === until);
  const selected = steps.slice(0, last + 1);
  if (fresh) return { selected, forced: new Set(selected.map(({ step }) => step.id)) };
  return { selected, forced: from === undefined ? new Set() : downstream(from, selected) };
}

/** The step, and every step that reads from it, directly or not. */
function downstream(from: string, steps: readonly PlannedStep[]): Set<string> {
  const found = new Set([from]);
  for (const { step, readsFrom } of steps) {
    if (readsFrom.some((id) => found.has(id))) found.add(step.id);
  }
  return found;
}

function requireInputs(selected: readonly PlannedStep[], steps: readonly PlannedStep[]): void {
  for (const { step, readsFrom } of selected) {
    const missing = readsFrom.filter((id) => {
      const planned = steps.find((each) => each.step.id === id);
      return planned?.manifest === null && planned.earlier === null;
    });
    if (missing.length > 0) {
      throw new PipelineError(
        `step "${step.id}" cannot run alone: ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not finished`,
        {
          code: "usage",
          hint: `run with --until ${step.id} instead`,
        },
      );
    }
  }
}
