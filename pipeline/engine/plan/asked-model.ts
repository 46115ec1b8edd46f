import { z } from "zod";
import { type ModelSpec, nameOf } from "../../contract/model-spec.js";
import type { Lockfile } from "../../contract/service.js";
import { PipelineError } from "../../system/errors.js";
import { modelOf } from "../config/catalogue.js";
import type { Pipeline } from "../config/pipeline.js";
import type { Session } from "./session.js";

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

/** The model could be had: from now on it is asked itself, whatever pipeline.lock said. */
export async function forgetFallback(spec: ModelSpec, lockfile: Pick<Lockfile, "replace">): Promise<void> {
  await lockfile.replace(referenceOf(spec), null);
}
