import type { Comparison, Report } from "../lib/figures/figures.js";
import { Html, html } from "./html.js";
import { disagreementHeadline, headline, metrics } from "../lib/figures/metrics.js";
import { counted, listed, percent, points } from "./numbers.js";
import type { Figure } from "../lib/figures/statistics.js";
import { type Verdict, verdictOf } from "./verdict.js";
import { attributes, headings, noFigure, table } from "./table.js";

/** First on the page: which model is better than which, by how much, and whether that is more than chance. */
export function glanceSection({ comparisons, models }: Report, plot: string | null): Html {
  if (plot === null) return html``;
  const shown = titled.filter(({ name }) => comparisons.some(({ figures }) => figures[name].n > 0));
  const said = comparisons.map(
    (comparison) => html`<p>${sentences(comparison)}</p>
`,
  );
  const rows = comparisons.map(({ model, to, figures }) => {
    const cells = shown.map(({ name }) => cell(figures[name], [models[model]?.[name], models[to]?.[name]]));
    return html`<tr><th scope="row">${model} <small>against ${to}</small></th>${cells}</tr>`;
  });
  const meanings = shown.map(({ title, meaning }) => html`${title}: ${meaning}. `);
  return html`<section id="glance"><h2>Which model is better?</h2>
${said}${table({ look: "figures" }, headings(["", ...shown.map(({ title }) => title)]), rows)}
<p class="soft">In percentage points; in colour where the interval does not hold 0. ${meanings}</p>
<figure>${new Html(plot)}<figcaption>${caption}</figcaption></figure></section>`;
}

const caption =
  "Differences in percentage points, on the same targets one by one, with their intervals. Right of the line at 0: " +
  "the first is better; an interval that holds 0 may be chance.";

const titled = [...headline, ...disagreementHeadline].map(({ name, meaning }) => ({
  name,
  meaning,
  title: metrics.find((metric) => metric.name === name)?.title ?? name,
}));

function sentences({ model, to, figures }: Comparison): Html {
  const by = (wanted: Verdict) =>
    titled.filter(({ name }) => verdictOf(figures[name]) === wanted).map(({ title }) => title);
  const said = (
    [
      ["more", `is better than ${to} in`],
      ["less", `is worse than ${to} in`],
      ["unclear", `cannot be told from ${to} in`],
    ] as const
  ).flatMap(([verdict, words]) =>
    by(verdict).length === 0 ? [] : [html`<span class="${verdict}">${words}</span> ${listed(by(verdict))}`],
  );
  if (said.length === 0) return html`<b>${model}</b> and ${to} have no target in common.`;
  return html`<b>${model}</b> ${said.map((part, place) => html`${place === 0 ? "" : "; it "}${part}`)}.`;
}

function cell({ value, low, high, n }: Figure, [own, other]: readonly (Figure | undefined)[]): Html {
  const verdict = verdictOf({ value, low, high, n });
  if (verdict === null) return noFigure;
  const about = attributes({ "data-difference": value ?? 0, title: counted(n, "target"), class: verdict });
  const interval = html`<span>${points(low ?? 0)} to ${points(high ?? 0)}</span>`;
  const both = html`<span>${percent(own?.value ?? 0)} against ${percent(other?.value ?? 0)}</span>`;
  return html`<td${about}><b>${points(value ?? 0)}</b>${interval}${both}</td>`;
}
