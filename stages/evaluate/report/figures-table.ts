import type { ModelFigures, Report } from "../lib/figures/figures.js";
import { type Metric, metrics } from "../lib/figures/metrics.js";
import type { Figure } from "../lib/figures/statistics.js";
import { type Html, html } from "./html.js";
import { counted, percent, points } from "./numbers.js";
import { attributes, headings, noFigure, table } from "./table.js";
import { verdictOf } from "./verdict.js";

/** Everyone's figures of the metrics of one rank, those left out that nothing was counted for. */
export function figuresTable({ models, targets }: Report, rank: Metric["rank"]): Html {
  const shown = metrics.filter(
    (metric) => metric.rank === rank && Object.values(models).some(({ [metric.name]: { n } }) => n > 0),
  );
  const rows = Object.entries(models).map(([model, figures]) => {
    const cells = shown.map((metric) => figureCell(metric, figures[metric.name], { model, targets: targets.length }));
    return html`<tr class="${figures.role}"><th scope="row">${model}${aliasNote(figures)}</th>${cells}</tr>`;
  });
  return table({ look: "figures" }, headings(["", ...shown.map(({ title }) => title)]), rows);
}

/** The other names of a row's model file. */
function aliasNote({ aliases }: ModelFigures): Html {
  return aliases.length === 0 ? html`` : html`<small>= ${aliases.join(", ")}: one model file</small>`;
}

function figureCell(
  { name, type }: Metric,
  { value, low, high, n }: Figure,
  { model, targets }: { readonly model: string; readonly targets: number },
): Html {
  if (value === null || low === null || high === null) return noFigure;
  const show = type === "part" ? percent : (number: number) => number.toFixed(1);
  const data = attributes({
    "data-model": model,
    "data-metric": name,
    "data-value": value,
    "data-low": low,
    "data-high": high,
    "data-n": n,
  });
  const fewer = n === targets ? html`` : html`<br>of ${n}`;
  return html`<td${data}><b>${show(value)}</b><span>${show(low)} – ${show(high)}${fewer}</span></td>`;
}

/** Everyone's main figures less those of the contestant that all are held against; nothing where there is one alone. */
export function differencesSection({ differences, reference }: Report): Html {
  const shown = metrics.filter(
    ({ rank, name }) => rank === "main" && Object.values(differences).some(({ [name]: { n } }) => n > 0),
  );
  if (shown.length === 0) return html``;
  const rows = Object.entries(differences).map(([model, figures]) => {
    const cells = shown.map(({ name }) => differenceCell(figures[name]));
    return html`<tr><th scope="row">${model}</th>${cells}</tr>`;
  });
  const how = "On the same targets, one by one, in percentage points. In bold: the interval does not hold 0.";
  return html`<section id="differences"><h2>Differences to ${reference}</h2><p class="soft">${how}</p>
${table({ look: "figures" }, headings(["", ...shown.map(({ title }) => title)]), rows)}</section>`;
}

function differenceCell(figure: Figure): Html {
  const { value, low, high, n } = figure;
  if (value === null || low === null || high === null) return noFigure;
  const about = attributes({ "data-value": value, title: counted(n, "target"), class: verdictOf(figure) ?? "" });
  return html`<td${about}><b>${points(value)}</b><span>${points(low)} to ${points(high)}</span></td>`;
}
