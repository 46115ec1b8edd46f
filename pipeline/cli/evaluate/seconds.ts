import type { StepFinished } from "../../contract/events.js";
import type { Step } from "../../engine/config/pipeline.js";
import { askedModels, askingSteps } from "../steps.js";

/** A model that was asked by a step of its own. */
interface Asking {
  readonly model: string;
  readonly seconds: number;
  readonly functions: number;
}

interface Run {
  readonly pipeline: { readonly steps: readonly Pick<Step, "id" | "stage" | "options">[] };
  readonly steps: readonly Pick<StepFinished, "step" | "cached" | "in" | "seconds">[];
  /** Tokens that each model wrote in this run; what was remembered is not among them. */
  readonly generated: ReadonlyMap<string, number>;
  /** Tokens that each model's answers hold, by the report. */
  readonly tokens: ReadonlyMap<string, number>;
}

/** Less of a model's tokens than this came from this run: its time says nothing of what asking it takes. */
const leastWritten = 0.9;

/**
 * How long models took a function, in words; empty where this run asked none. Only of a model that has a step for
 * itself, and that wrote its answers in this run: a clock reading is kept nowhere, so that no run knows another's.
 */
export function secondsText({ pipeline, steps, generated, tokens }: Run): string {
  const asking = askingSteps(pipeline).flatMap((step): Asking[] => {
    const [model, ...others] = askedModels(step);
    const ran = steps.find((each) => each.step === step.id);
    if (model === undefined || others.length > 0 || ran === undefined || ran.cached || ran.in === 0) return [];
    const isWritten = (generated.get(model) ?? 0) > leastWritten * (tokens.get(model) ?? Infinity);
    return isWritten ? [{ model, seconds: ran.seconds, functions: ran.in }] : [];
  });
  if (asking.length === 0) return "";
  return (
    `Seconds a function, in this run: ` +
    `${asking.map(({ model, seconds, functions }) => `${model} ${(seconds / functions).toFixed(1)}`).join(", ")}.`
  );
}
