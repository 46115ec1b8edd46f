import type { Report, TargetFigures } from "../lib/figures/figures.js";
import { type Html, html } from "./html.js";
import { attributes, headOf, table } from "./table.js";

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
  const titles = ["Target", "Tests of", "Outcome", "Tests", ...shown.map(({ title }) => title)];
  const head = headOf(titles.map((title) => html`<th scope="col"><button type="button">${title}</button></th>`));
  return html`<form class="filters">
<input type="search" name="text" placeholder="Part of a name" aria-label="Part of a target's name">
${choice("model", { label: "Whose tests", all: "everyone" }, Object.keys(models))}
${choice("outcome", { label: "Outcome", all: "every outcome" }, outcomes)}
<output>${rows.length} of ${rows.length}</output>
</form>
${table(
  { look: "targets", isTall: true },
  head,
  rows.map((row) => rowOf(row, shown)),
)}`;
}

function choice(
  name: string,
  { label, all }: { readonly label: string; readonly all: string },
  values: readonly string[],
): Html {
  const options = values.map((value) => html`<option>${value}</option>`);
  return html`<select name="${name}" aria-label="${label}"><option value="">${all}</option>${options}</select>`;
}

type Row = TargetFigures["models"][string] & { readonly target: TargetFigures; readonly model: string };

function rowOf({ target, model, outcome, detail, metrics }: Row, shown: readonly (typeof columns)[number][]): Html {
  const place = [target.module, target.source].filter((part) => part !== "").join(" · ");
  const [passed, tests] = [metrics["passed"] ?? 0, metrics["tests"] ?? 0];
  const cells = [
    html`<th scope="row" title="${target.path}">${target.name}<small>${place}</small></th>`,
    html`<td>${model}</td>`,
    html`<td class="${outcome === "passed" ? "good" : ""}">${outcome}${detailLine(detail)}</td>`,
    html`<td data-sort="${passed}">${passed} / ${tests}</td>`,
    ...shown.map(({ metric }) => cell(metrics[metric] ?? null)),
  ];
  return html`<tr${attributes({ "data-model": model, "data-outcome": outcome })}>${cells}</tr>`;
}

function detailLine(detail: string): Html {
  return detail === "" ? html`` : html`<small>${detail}</small>`;
}

function cell(value: number | null): Html {
  return value === null
    ? html`<td data-sort="-1" class="none">–</td>`
    : html`<td data-sort="${value}"><meter min="0" max="1" value="${value}"></meter> ${Math.round(value * 100)} %</td>`;
}
