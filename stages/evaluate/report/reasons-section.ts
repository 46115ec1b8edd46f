import type { Cause, Report } from "../lib/figures/figures.js";
import { type Html, html } from "./html.js";
import { table } from "./table.js";

/** As many as a person reads. */
const most = 10;

/** Why targets are not salvaged, the most common cause first, for each model. */
export function reasonsSection({ causes }: Report): Html {
  const shown = Object.entries(causes).filter(([, own]) => own.length > 0);
  if (shown.length === 0) return html``;
  const rows = shown.map(
    ([model, own]) => html`<tr><th scope="row">${model}</th><td>${own.slice(0, most).map(causeLine)}</td></tr>`,
  );
  return html`<h3>Where no test is left that passes and notices a change</h3>
${table({ look: "causes" }, html``, rows)}`;
}

function causeLine({ cause, targets, example }: Cause): Html {
  const shown = example === "" ? html`` : html`<small>${example}</small>`;
  return html`<div><b>${targets}</b> ${cause}${shown}</div>`;
}
