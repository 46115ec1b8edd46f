import { type MetricName, metrics } from "../../lib/figures/metrics.js";

/** An axis of parts, 0 to 1, in percent. */
export const partAxis = { format: ".0%", values: [0, 0.5, 1] };

/** The metrics of these names with their titles, in the order of the names. */
export function titled(names: readonly MetricName[]) {
  return metrics
    .filter(({ name }) => names.includes(name))
    .toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}

/** How many colours of a kind the page has. */
export const paletteSize = 8;

/** The colour of each contestant, by its place among them: variables of the page's style. */
export function colours(names: readonly string[]): string[] {
  return names.map((_, index) => `var(--c${index % paletteSize})`);
}
