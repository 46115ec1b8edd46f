import type { CountedDisagreements, DisagreementReport, ListedDisagreement } from "../lib/figures/disagreements.js";
import { type Html, html } from "./html.js";
import { counted, percent } from "./numbers.js";
import type { Figure } from "../lib/figures/statistics.js";
import { headings, noFigure, table } from "./table.js";

/** Rows that a page lists; report.json has all. */
const listedMost = 300;

/** What the list of disagreements is worth that a person would read. */
export function disagreementsSection({ bugs, list }: DisagreementReport, figures: Html): Html {
  const counts = Object.entries(bugs).map(([bug, { programs, models }]) => {
    const rows = Object.entries(models).map(([model, own]) => rowOf(model, own));
    return html`<h3>${counted(programs, "program")}${origins[bug] ?? ""}</h3>
${table({ look: "figures", data: { "data-bug": bug } }, headings(countTitles), rows)}
`;
  });
  const others = list.length - listedMost;
  return html`<section id="disagreements"><h2>What is disagreement worth?</h2>
<p class="soft">${meaning}</p>
${figures}
${counts}
<h3>The list</h3>
${table({ look: "targets", isTall: true }, headings(listTitles), list.slice(0, listedMost).map(listRow))}
${others > 0 ? html`<p class="soft">${counted(others, "other")}: in report.json.</p>` : html``}</section>`;
}

const meaning =
  "Models were shown programs with a bug, and were not told so. A disagreement is an expected value or exception " +
  "that is not what the program answers; it points at the bug where the correct program answers just that.";

const countTitles = [
  "",
  "Expectations",
  "Disagreements",
  "That are the bug",
  "Precision",
  "Bugs pointed at",
  "Recall",
  "Bugs that a call shows",
  "Recall of these",
];

const listTitles = ["Program", "Model", "Call", "Expected", "The program answers", "The correct one answers", ""];

const origins: Readonly<Record<string, string>> = {
  pair: " with a bug, beside a correct one",
  mutant: " with a small change that known tests of the correct code notice",
};

function rowOf(model: string, own: CountedDisagreements): Html {
  const {
    expectations,
    disagreements,
    atBug,
    disagreementPrecision,
    found,
    disagreementRecall,
    told,
    disagreementRecallWhereTold,
  } = own;
  const cells = [
    count(expectations),
    count(disagreements),
    count(atBug),
    part(disagreementPrecision),
    count(found),
    part(disagreementRecall),
    count(told),
    part(disagreementRecallWhereTold),
  ];
  return html`<tr class="model"><th scope="row">${model}</th>${cells}</tr>`;
}

function count(number: number): Html {
  return html`<td>${number.toLocaleString("en-GB")}</td>`;
}

function part({ value, low, high }: Figure): Html {
  if (value === null || low === null || high === null) return noFigure;
  return html`<td><b>${percent(value)}</b><span>${percent(low)} – ${percent(high)}</span></td>`;
}

function listRow({ name, module, model, asked, expected, answered, correct, isBug }: ListedDisagreement): Html {
  const texts = [asked, expected, answered, correct ?? "cannot be told"].map(
    (text) => html`<td><code>${text}</code></td>`,
  );
  const verdict = html`<td class="${isBug ? "good" : ""}">${isBug ? "the bug" : "no bug"}</td>`;
  return html`<tr><th scope="row">${name}<small>${module}</small></th><td>${model}</td>${texts}${verdict}</tr>`;
}
