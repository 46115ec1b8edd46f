import type { Report } from "../lib/figures/figures.js";
import { type Html, html } from "./html.js";

const columns = [
  { metric: "testPassRate", title: "Pass" },
  { metric: "lineCoverage", title: "Lines" },
  { metric: "branchCoverage", title: "Branches" },
  { metric: "mutationScore", title: "Mutants" },
  { metric: "bugDetection", title: "Bug" },
] as const;

/** A row for each target and contestant; sorted and filtered by the page's script. */
export function targetTable({ targets, models }: Report): Html {
  const rows = targets.flatMap((target) =>
    Object.entries(target.models).map(([model, own]) => ({ target, model, ...own })),
  );
  const outcomes = [...new Set(rows.map(({ outcome }) => outcome))].toSorted();
  const shown = columns.filter(({ metric }) => rows.some(({ metrics }) => typeof metrics[metric] === "number"));
  return html`<form class="filters">
<input type="search" name="text" placeholder="Part of a name" aria-label="Part of a target's name">
<select name="model" aria-label="Whose tests"><option value="">everyone</option>${Object.keys(models).map((model) => html`<option>${model}</option>`)}</select>
<select name="outcome" aria-label="Outcome"><option value="">every outcome</option>${outcomes.map((outcome) => html`<option>${outcome}</option>`)}</select>
<output>${rows.length} of ${rows.length}</output>
</form>
<div class="wide tall"><table class="targets"><thead><tr>${["Target", "Tests of", "Outcome", "Tests", ...shown.map(({ title }) => title)].map((title) => html`<th scope="col"><button type="button">${title}</button></th>`)}</tr></thead><tbody>
${rows.map(
  ({
    target,
    model,
    outcome,
    detail,
    metrics,
  }) => html`<tr data-model="${model}" data-outcome="${outcome}"><th scope="row" title="${target.path}">${target.name}<small>${[target.module, target.source].filter((part) => part !== "").join(" · ")}</small></th><td>${model}</td><td class="${outcome === "passed" ? "good" : ""}">${outcome}${detail === "" ? html`` : html`<small>${detail}</small>`}</td><td data-sort="${metrics["passed"] ?? 0}">${metrics["passed"] ?? 0} / ${metrics["tests"] ?? 0}</td>${shown.map(({ metric }) => cell(metrics[metric] ?? null))}</tr>
`,
)}</tbody></table></div>`;
}

function cell(value: number | null): Html {
  return value === null
    ? html`<td data-sort="-1" class="none">–</td>`
    : html`<td data-sort="${value}"><meter min="0" max="1" value="${value}"></meter> ${Math.round(value * 100)} %</td>`;
}
