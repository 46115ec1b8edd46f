import { createHash } from "node:crypto";
import type { Report } from "../lib/figures/figures.js";
import { definitionsTable, stepsTable } from "./accounts.js";
import { contestantsSection } from "./contestants-table.js";
import { disagreementsSection } from "./disagreements-section.js";
import { differencesSection, figuresTable } from "./figures-table.js";
import { glanceSection } from "./glance.js";
import { Html, html } from "./html.js";
import { counted } from "./numbers.js";
import { script } from "./page-script.js";
import { style } from "./page-style.js";
import { drawPlots, type Plots } from "./plots.js";
import { reasonsSection } from "./reasons-section.js";
import { targetTable } from "./target-table.js";
import { trainingSection } from "./training-section.js";
import { valuesSection } from "./values-section.js";

/** The report as one page that asks for nothing outside itself. */
export async function renderPage(report: Report): Promise<string> {
  const plots = await drawPlots(report);
  return html`<!doctype html>
<html lang="en">
${head(report)}
<body>
${header(report)}
${glanceSection(report, plots.differences)}
${contestantsSection(report)}
${valuesSection(report)}
${disagreements(report)}
${mainFigures(report, plots)}
${differencesSection(report)}
${trainingSection(report, plots.training)}
<section><h2>Outcomes</h2>${figure(plots.outcomes, captions.outcomes)}${reasonsSection(report)}</section>
${operators(plots)}
<section id="steps"><h2>Steps on the way</h2>${figuresTable(report, "step")}</section>
<section><h2>Distributions</h2>${figure(plots.distributions, captions.distributions)}</section>
<section id="targets"><h2>Targets</h2>${targetTable(report)}</section>
<section><h2>What is counted</h2>${definitionsTable()}</section>
<section><h2>Where everything went</h2>${stepsTable(report)}</section>
<script>${new Html(script)}</script>
</body>
</html>
`.text;
}

const captions = {
  main: "Means and intervals.",
  outcomes: "What became of each suite: the first reason for which it does not pass.",
  operators:
    "Part of the mutants that passing tests kill; in brackets, the most that were run for one of them. A timeout is " +
    "no kill.",
  distributions: "Targets by value.",
};

/** The page may load nothing, and run nothing but its own script. */
function head({ pipeline: { name } }: Report): Html {
  const policy =
    `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-` +
    `${createHash("sha256").update(script).digest("base64")}'`;
  return html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${name}: report</title>
<style>${new Html(style)}</style>
</head>`;
}

function header(report: Report): Html {
  const {
    pipeline: { name, seed },
    models,
    interval,
    targets,
  } = report;
  const names = Object.entries(models).map(([model, { aliases }]) => [model, ...aliases].join(" = "));
  const level = `${Math.round(interval.level * 100)} %`;
  const how = `${interval.method}, ${interval.resamples.toLocaleString("en-GB")} resamples`;
  const mean =
    `Every figure is a mean over targets, those that failed among them, with its ${level} interval (${how}). ` +
    leftOut(report);
  return html`<header>
<h1>${name}</h1>
<p>${counted(targets.length, "target")}${ofSources(report)} · ${names.join(", ")} · seed ${seed}</p>
<p class="soft">${mean}</p>
</header>`;
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

function disagreements(report: Report): Html {
  return report.disagreements === null
    ? html``
    : disagreementsSection(report.disagreements, figuresTable(report, "disagreement"));
}

function mainFigures(report: Report, { comparison }: Plots): Html {
  const plot = figure(comparison, captions.main);
  return html`<section id="figures"><h2>Figures</h2>${figuresTable(report, "main")}${plot}</section>`;
}

function operators({ operators: plot }: Plots): Html {
  return plot === null
    ? html``
    : html`<section><h2>Mutants by operator</h2>${figure(plot, captions.operators)}</section>`;
}

function figure(svg: string, caption: string): Html {
  return html`<figure>${new Html(svg)}<figcaption>${caption}</figcaption></figure>`;
}
