import { count, rate } from "./format.js";
import type { RunProgress, StepState } from "./progress.js";

/**
 * How fast a step is: tokens a second while a model that it asks is at work, else units a second; with the loss, of a
 * training. Empty while there is no telling.
 */
export function speed(progress: RunProgress, state: StepState): string[] {
  const { training } = progress;
  if (training !== null) {
    const { loss, tokensPerSecond } = training;
    return [
      ...(loss === null ? [] : [`loss ${loss.toFixed(3)}`]),
      ...(tokensPerSecond === null ? [] : [`${Math.round(tokensPerSecond)} tok/s`]),
    ];
  }
  const models = progress.models.filter(({ model }) => state.models.includes(model));
  if (models.length > 0) {
    const all = models.reduce((sum, { tokensPerSecond }) => sum + tokensPerSecond, 0);
    return [`${Math.round(all)} tok/s`];
  }
  const pace = progress.paceOf(state);
  return pace === null ? [] : [rate(pace.rate)];
}

/** "20/40", "64/128 so far": what feeds the step goes on. */
export function doneOf({ progress }: StepState): string {
  const { done = 0, total = 0, unit = "", growing = false } = progress ?? {};
  return `${count(done)}/${count(total)}${unit === "" ? "" : ` ${unit}`}${growing ? " so far" : ""}`;
}
