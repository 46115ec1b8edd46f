import type { Pipeline, Step } from "../engine/config/pipeline.js";

/** The pipeline without a step that others can do without. */
export function without({ steps, ...rest }: Pipeline, id: string): Pipeline {
  const lessOf = (step: Step): Step => ({
    ...step,
    from: new Map([...step.from].map(([input, ids]) => [input, ids.filter((each) => each !== id)])),
  });
  return { ...rest, steps: steps.filter((step) => step.id !== id).map(lessOf) };
}
