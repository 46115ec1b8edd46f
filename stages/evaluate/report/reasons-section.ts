import type { Report } from "../lib/figures/figures.js";
import { type Html, html } from "./html.js";

/** As many as a person reads. */
const most = 10;

/** Why targets are not salvaged, the most common cause first, for each model. */
export function reasonsSection({ causes }: Report): Html {
  const shown = Object.entries(causes).filter(([, own]) => own.length > 0);
  if (shown.length === 0) return html``;
  return html`<h3>Where no test is left that passes and notices a change</h3>
<div class="wide"><table class="causes"><tbody>
${shown.map(
  ([
    model,
    own,
  ]) => html`<tr><th scope="row">${model}</th><td>${own.slice(0, most).map(({ cause, targets, example }) => html`<div><b>${targets}</b> ${cause}${example === "" ? "" : html`<small>${example}</small>`}</div>`)}</td></tr>
`,
)}</tbody></table></div>`;
}
