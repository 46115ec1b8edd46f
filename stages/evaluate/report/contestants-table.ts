import type { Contestant } from "../lib/figures/contestants.js";
import type { Report } from "../lib/figures/figures.js";
import { type Html, html } from "./html.js";
import { counted } from "./numbers.js";
import { table } from "./table.js";

/** Who is who: a reader knows no name of a pipeline file, nor what a baseline is for. */
export function contestantsSection({ contestants, models }: Report): Html {
  if (Object.keys(contestants).length === 0) return html``;
  const rows = Object.entries(contestants).map(([name, contestant]) => {
    const words = whatItIs(name, contestant, models[name]?.aliases ?? []);
    return html`<tr class="${contestant.role}"><th scope="row">${name}</th><td>${words}</td></tr>`;
  });
  const shown = table({ look: "contestants" }, html``, rows);
  return html`<section id="contestants"><h2>Who is compared</h2>${shown}</section>`;
}

const baselines: Readonly<Record<string, string>> = {
  human:
    "Tests that people wrote: doctests, and test functions that come with the code. Counted only where there are some.",
  record: "What the function answers today, called and written down as assertions, with no model.",
  smoke: "A call of the function that asserts nothing that could be false: what any metric has to see through.",
  none: "No test at all: the floor.",
};

function whatItIs(name: string, { model, asked, card }: Contestant, aliases: readonly string[]): Html {
  if (model === null) return html`${baselines[name] ?? "Tests that no model of this evaluation wrote."}`;
  const { source, adapter, quantization } = model;
  const parts = [
    html`<code>${source}</code>`,
    quantization === null ? html`` : html` as ${quantization}`,
    adapter === null ? html`` : html` with the adapter <code>${adapter}</code>`,
    aliases.length === 0 ? html`` : html`, and under the same file ${aliases.join(", ")}`,
  ];
  const questions = asked.map(
    ({ step, prompt, form }) => html`<small>asked by the step ${step} with ${prompt}${formWords(form)}</small>`,
  );
  return html`${parts}
${questions}${card === null ? html`` : html`<small>${cardWords(card)}</small>`}`;
}

function formWords(form: string | null): string {
  if (form === "chat") return ", as chat messages";
  return form === "completion" ? ", as a text with worked examples to go on with" : "";
}

/** A GGUF file's facts in a line. */
function cardWords({
  holds,
  number_format: format,
  base_model: base,
  train_rows: rows,
  steps,
  validation_loss: validation,
  dataset_licences: licences,
}: NonNullable<Contestant["card"]>): string {
  const made =
    holds === "adapter" ? `LoRA adapter to ${String(base)}` : `${String(base)} with a LoRA adapter merged into it`;
  const told = [
    format === undefined ? "" : String(format),
    rows === undefined
      ? ""
      : `trained on ${counted(Number(rows), "row")}` +
        (steps === undefined ? "" : ` in ${counted(Number(steps), "step")}`),
    validation === undefined ? "" : `validation loss ${Number(validation).toFixed(3)}`,
    licences === undefined || licences === "" ? "" : `from code under ${String(licences)}`,
  ];
  return [made, ...told.filter((part) => part !== "")].join(", ");
}
