import type { Pipeline, Step } from "../../engine/config/pipeline.js";

/**
 * The pipeline with these models alone, in its steps that ask models: a model that another step than `generate` asks,
 * in a form of its own, is asked there; all others by `generate`. A step that is left with no model goes.
 * @param names as the pipeline file declares them, or references
 */
export function withModels(
  pipeline: Pipeline,
  names: readonly string[],
): { readonly settings: readonly string[]; readonly without: readonly string[] } {
  const asking = pipeline.steps.filter(({ stage, id }) => stage.name === "generate" && id !== "generate");
  const asked = (step: Step) => [step.options["model"]].flat().map(String);
  const elsewhere = new Set(asking.flatMap(asked));
  const rest = names.filter((name) => !elsewhere.has(name));
  return {
    settings: rest.length === 0 ? [] : [`generate.model=${JSON.stringify(rest)}`],
    without: [
      ...(rest.length === 0 ? ["generate"] : []),
      ...asking.filter((step) => !asked(step).some((name) => names.includes(name))).map(({ id }) => id),
    ],
  };
}
