import type { Report } from "../lib/figures/figures.js";
import { metrics } from "../lib/figures/metrics.js";
import { type Html, html } from "./html.js";
import { headOf, table } from "./table.js";

/** What each metric counts, over what. */
export function definitionsTable(): Html {
  return table(
    { look: "definitions" },
    plainHeadings(["Metric", "Numerator", "Denominator"]),
    metrics.map(
      ({ title, numerator, denominator }) =>
        html`<tr><th scope="row">${title}</th><td>${numerator}</td><td>${denominator}</td></tr>`,
    ),
  );
}

/** The account of every step: in = passed on or used + dropped + failed + skipped. */
export function stepsTable({ pipeline: { steps } }: Report): Html {
  const rows = steps.map(({ step, in: taken, out, dropped, failed, skipped }) => {
    const counts = [taken, out, dropped, failed, skipped].map(
      (number) => html`<td>${number.toLocaleString("en-GB")}</td>`,
    );
    return html`<tr><th scope="row">${step}</th>${counts}</tr>`;
  });
  return table({ look: "steps" }, plainHeadings(["Step", "In", "Out", "Dropped", "Failed", "Skipped"]), rows);
}

function plainHeadings(titles: readonly string[]): Html {
  return headOf(titles.map((title) => html`<th>${title}</th>`));
}
