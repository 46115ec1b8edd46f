import { modelOf } from "../config/catalogue.js";
import { forgetFallback, keepFallback } from "./asked-model.js";
import type { Plan, PlannedStep } from "./plan.js";
import type { Session } from "./session.js";
import { isStepModel } from "./step-models.js";

/**
 * Fetches the models that have another one to fall back to, as far as these steps ask them. Where no place gives one,
 * pipeline.lock keeps from now on that the other is asked, and the plan has to be made again: then the answer is true.
 */
export async function fallBack(plan: Plan, steps: readonly PlannedStep[], session: Session): Promise<boolean> {
  let isChanged = false;
  for (const ref of new Set(steps.flatMap(({ resolved }) => resolved.models))) {
    const spec = modelOf(ref, plan.pipeline);
    const model = plan.models.get(ref);
    if (spec.fallback === undefined || model === undefined || isStepModel(model) || model.insteadOf !== undefined)
      continue;
    try {
      await session.providers.fetchModel(model, session.context);
      await forgetFallback(spec, session.context.lockfile);
    } catch (error) {
      if (!(await keepFallback(spec, error, session))) throw error;
      isChanged = true;
    }
  }
  return isChanged;
}

/** Tells, at the beginning of every run, who is not asked. */
export function tellFallbacks({ models, pipeline }: Plan, { context: { emit } }: Session): void {
  for (const [ref, { insteadOf }] of models) {
    if (insteadOf === undefined) continue;
    const { fallback = "" } = modelOf(ref, pipeline);
    emit({
      type: "notice",
      level: "warning",
      message:
        `NO PLACE GAVE THE MODEL ${insteadOf}: ${fallback} is asked in its place, whose answers are others. ` +
        `pipeline.lock keeps that until a run with --update`,
    });
  }
}
