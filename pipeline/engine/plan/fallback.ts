import { z } from "zod";
import { PipelineError } from "../../system/errors.js";
import { type ModelSpec, nameOf } from "../../contract/model-spec.js";
import type { Lockfile } from "../../contract/service.js";
import { modelOf } from "../config/catalogue.js";
import type { Pipeline } from "../config/pipeline.js";
import type { Plan, PlannedStep } from "./plan.js";
import type { Session } from "./session.js";
import { isStepModel } from "./step-models.js";

const Kept = z.strictObject({ fallback: z.string().describe("Who is asked in its place") });

const referenceOf = (spec: ModelSpec) => `model:${nameOf(spec)}`;

/** Who is asked where a step names this model: the model, or what pipeline.lock says stands in for it. */
export function askedModel(
  ref: string,
  pipeline: Pipeline,
  lockfile: Pick<Lockfile, "kept">,
): { readonly spec: ModelSpec; readonly insteadOf: string | null } {
  const spec = modelOf(ref, pipeline);
  const kept = spec.fallback === undefined ? null : lockfile.kept(referenceOf(spec), Kept);
  return kept === null
    ? { spec, insteadOf: null }
    : { spec: modelOf(kept.fallback, pipeline), insteadOf: nameOf(spec) };
}

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
      await session.context.lockfile.replace(referenceOf(spec), null);
    } catch (error) {
      if (!(await keepFallback(spec, error, session))) throw error;
      isChanged = true;
    }
  }
  return isChanged;
}

/**
 * Keeps that a model could not be had; false where it has nothing to fall back to, or the error is not that of a place.
 */
export async function keepFallback(
  spec: ModelSpec,
  error: unknown,
  { context: { lockfile, emit } }: Session,
): Promise<boolean> {
  const isOfPlace =
    error instanceof PipelineError &&
    !["interrupted", "disk", "locked", "internal", "usage", "config"].includes(error.code);
  if (spec.fallback === undefined || !isOfPlace) return false;
  emit({ type: "notice", level: "warning", message: error.message });
  await lockfile.replace(referenceOf(spec), { fallback: spec.fallback });
  return true;
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
