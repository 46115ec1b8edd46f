import type { Report } from "../lib/figures/figures.js";
import { type Html, html } from "./html.js";
import { metrics } from "../lib/figures/metrics.js";
import { percent, points } from "./numbers.js";
import type { Figure } from "../lib/figures/statistics.js";
import { headOf, noFigure, table } from "./table.js";

const shownMetrics = ["suitePassAt1", "salvaged", "mutationScore", "bugDetection"] as const;

/**
 * Each model's tests as it wrote them, beside the same calls with what the code answers: who chooses, and who knows.
 */
export function valuesSection({ models, comparisons }: Report): Html {
  const pairs = Object.entries(models).flatMap(([recorded, { model, values }]) => {
    const own = Object.entries(models).find(([, other]) => other.model === model && other.values === "own")?.[0];
    return values === "recorded" && own !== undefined ? [{ own, recorded }] : [];
  });
  if (pairs.length === 0) return html``;
  const shown = metrics.filter(
    ({ name }) =>
      shownMetrics.some((each) => each === name) && pairs.some(({ own }) => (models[own]?.[name].n ?? 0) > 0),
  );
  const difference = ({ own, recorded }: (typeof pairs)[number]) =>
    comparisons.find(({ model, to }) => model === recorded && to === own)?.figures;
  const head = headOf([
    html`<th scope="col"></th>`,
    ...shown.map(({ title }) => html`<th scope="col">${title}<br>own | recorded</th>`),
  ]);
  const rows = pairs.map((pair) => {
    const cells = shown.map(({ name }) =>
      cell(models[pair.own]?.[name], models[pair.recorded]?.[name], difference(pair)?.[name]),
    );
    return html`<tr class="model"><th scope="row">${pair.own}</th>${cells}</tr>`;
  });
  return html`<section id="values"><h2>Own values, and values from the machine</h2>
<p class="soft">${meaning}</p>
${table({ look: "figures" }, head, rows)}</section>`;
}

const meaning =
  "The same calls, chosen by the model: with the values that it wrote, and with those that the code answers today. " +
  "The second says how well it chooses, the first how much it knows as well.";

function cell(own: Figure | undefined, recorded: Figure | undefined, difference: Figure | undefined): Html {
  if (own?.value === undefined || own.value === null || recorded?.value === undefined || recorded.value === null)
    return noFigure;
  const { value = null, low = null, high = null } = difference ?? {};
  const told =
    value === null || low === null || high === null ? "" : `${points(value)} (${points(low)} to ${points(high)})`;
  return html`<td><b>${percent(own.value)} | ${percent(recorded.value)}</b><span>${told}</span></td>`;
}
