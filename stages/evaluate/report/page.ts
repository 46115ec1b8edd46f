import { createHash } from "node:crypto";
import { contestantsSection } from "./contestants-table.js";
import { disagreementsSection } from "./disagreements-section.js";
import type { ModelFigures, Report } from "../lib/figures/figures.js";
import { glanceSection, verdictOf } from "./glance.js";
import { Html, html } from "./html.js";
import { type Metric, metrics } from "../lib/figures/metrics.js";
import { counted, percent, points } from "./numbers.js";
import { drawPlots } from "./plots.js";
import { script } from "./page-script.js";
import { style } from "./page-style.js";
import type { Figure } from "../lib/figures/statistics.js";
import { reasonsSection } from "./reasons-section.js";
import { targetTable } from "./target-table.js";
import { trainingSection } from "./training-section.js";
import { valuesSection } from "./values-section.js";

/** The report as one page that asks for nothing outside itself. */
export async function renderPage(report: Report): Promise<string> {
  const {
    pipeline: { name, seed },
    models,
    interval,
    targets,
  } = report;
  const plots = await drawPlots(report);
  const policy =
    `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-` +
    `${createHash("sha256").update(script).digest("base64")}'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${name}: report</title>
<style>${new Html(style)}</style>
</head>
<body>
<header>
<h1>${name}</h1>
<p>${counted(targets.length, "target")}${ofSources(report)} · ${Object.entries(models)
    .map(([model, { aliases }]) => [model, ...aliases].join(" = "))
    .join(", ")} · seed ${seed}</p>
<p class="soft">Every figure is a mean over targets, those that failed among them, with its ${Math.round(interval.level * 100)} % interval (${interval.method}, ${interval.resamples.toLocaleString("en-GB")} resamples). ${leftOut(report)}</p>
</header>
${glanceSection(report, plots.differences)}
${contestantsSection(report)}
${valuesSection(report)}
${report.disagreements === null ? html`` : disagreementsSection(report.disagreements, figuresTable(report, "disagreement"))}
<section id="figures"><h2>Figures</h2>${figuresTable(report, "main")}${figure(plots.comparison, "Means and intervals.")}</section>
${differencesSection(report)}
${trainingSection(report, plots.training)}
<section><h2>Outcomes</h2>${figure(plots.outcomes, "What became of each suite: the first reason for which it does not pass.")}${reasonsSection(report)}</section>
${plots.operators === null ? html`` : html`<section><h2>Mutants by operator</h2>${figure(plots.operators, "Part of the mutants that passing tests kill; in brackets, the most that were run for one of them. A timeout is no kill.")}</section>`}
<section id="steps"><h2>Steps on the way</h2>${figuresTable(report, "step")}</section>
<section><h2>Distributions</h2>${figure(plots.distributions, "Targets by value.")}</section>
<section id="targets"><h2>Targets</h2>${targetTable(report)}</section>
<section><h2>What is counted</h2>${definitions()}</section>
<section><h2>Where everything went</h2>${stepsTable(report)}</section>
<script>${new Html(script)}</script>
</body>
</html>
`.text;
}

/** The other names of a row's model file. */
function aliasNote({ aliases }: ModelFigures): Html {
  return aliases.length === 0 ? html`` : html`<small>= ${aliases.join(", ")}: one model file</small>`;
}

function ofSources({ targets }: Report): string {
  const sources = [...new Set(targets.map(({ source }) => source))].filter((source) => source !== "");
  const shown = sources.slice(0, 3).join(", ");
  return sources.length === 0
    ? ""
    : ` of ${shown}${sources.length > 3 ? ` and ${counted(sources.length - 3, "other source")}` : ""}`;
}

function leftOut({ pipeline: { steps } }: Report): string {
  const failed = steps
    .filter(({ stage }) => ["score", "disagreements"].includes(stage))
    .reduce((sum, step) => sum + step.failed, 0);
  return failed === 0
    ? ""
    : `${counted(failed, "target")} could not be run and ${failed === 1 ? "is" : "are"} in no figure.`;
}

function figuresTable({ models, targets }: Report, rank: Metric["rank"]): Html {
  const shown = metrics.filter(
    (metric) => metric.rank === rank && Object.values(models).some(({ [metric.name]: { n } }) => n > 0),
  );
  return html`<div class="wide"><table class="figures"><thead><tr><th scope="col"></th>${shown.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead><tbody>
${Object.entries(models).map(
  ([
    model,
    figures,
  ]) => html`<tr class="${figures.role}"><th scope="row">${model}${aliasNote(figures)}</th>${shown.map((metric) => figureCell(metric, figures[metric.name], { model, targets: targets.length }))}</tr>
`,
)}</tbody></table></div>`;
}

function figureCell(
  { name, type }: Metric,
  { value, low, high, n }: Figure,
  { model, targets }: { readonly model: string; readonly targets: number },
): Html {
  if (value === null || low === null || high === null) return html`<td class="none">–</td>`;
  const show = type === "part" ? percent : (number: number) => number.toFixed(1);
  return html`<td data-model="${model}" data-metric="${name}" data-value="${value}" data-low="${low}" data-high="${high}" data-n="${n}"><b>${show(value)}</b><span>${show(low)} – ${show(high)}${n === targets ? "" : html`<br>of ${n}`}</span></td>`;
}

function differencesSection({ differences, reference }: Report): Html {
  const shown = metrics.filter(
    ({ rank, name }) => rank === "main" && Object.values(differences).some(({ [name]: { n } }) => n > 0),
  );
  if (shown.length === 0) return html``;
  return html`<section id="differences"><h2>Differences to ${reference}</h2><p class="soft">On the same targets, one by one, in percentage points. In bold: the interval does not hold 0.</p>
<div class="wide"><table class="figures"><thead><tr><th scope="col"></th>${shown.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead><tbody>
${Object.entries(differences).map(
  ([
    model,
    figures,
  ]) => html`<tr><th scope="row">${model}</th>${shown.map(({ name }) => differenceCell(figures[name]))}</tr>
`,
)}</tbody></table></div></section>`;
}

function differenceCell(figure: Figure): Html {
  const { value, low, high, n } = figure;
  if (value === null || low === null || high === null) return html`<td class="none">–</td>`;
  return html`<td data-value="${value}" title="${counted(n, "target")}" class="${verdictOf(figure) ?? ""}"><b>${points(value)}</b><span>${points(low)} to ${points(high)}</span></td>`;
}

function figure(svg: string, caption: string): Html {
  return html`<figure>${new Html(svg)}<figcaption>${caption}</figcaption></figure>`;
}

function definitions(): Html {
  return html`<div class="wide"><table class="definitions"><thead><tr><th>Metric</th><th>Numerator</th><th>Denominator</th></tr></thead><tbody>
${metrics.map(
  ({
    title,
    numerator,
    denominator,
  }) => html`<tr><th scope="row">${title}</th><td>${numerator}</td><td>${denominator}</td></tr>
`,
)}</tbody></table></div>`;
}

/** The account of every step: in = passed on or used + dropped + failed + skipped. */
function stepsTable({ pipeline: { steps } }: Report): Html {
  return html`<div class="wide"><table class="steps"><thead><tr><th>Step</th><th>In</th><th>Out</th><th>Dropped</th><th>Failed</th><th>Skipped</th></tr></thead><tbody>
${steps.map(
  ({
    step,
    in: taken,
    out,
    dropped,
    failed,
    skipped,
  }) => html`<tr><th scope="row">${step}</th>${[taken, out, dropped, failed, skipped].map((number) => html`<td>${number.toLocaleString("en-GB")}</td>`)}</tr>
`,
)}</tbody></table></div>`;
}
