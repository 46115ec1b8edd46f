import type { Report } from "../lib/figures/figures.js";
import { Html, html } from "./html.js";
import { counted } from "./numbers.js";
import { table } from "./table.js";
import type { Training } from "../lib/figures/training.js";
import { halfWindow } from "./plots/training.js";

/** How the student was trained: what decided it, and what came of it. */
export function trainingSection({ training }: Report, plot: string | null): Html {
  if (training === null) return html``;
  const curve =
    plot === null ? html`` : html`<figure>${new Html(plot)}<figcaption>${caption(training)}</figcaption></figure>`;
  const told = table(
    { look: "training" },
    html``,
    rows(training).map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`),
  );
  return html`<section id="training"><h2>Training</h2>${told}${curve}</section>`;
}

function caption({ log, facts }: Training): string {
  const mean = halfWindow(log) === 0 ? "" : ", and its moving mean over a twentieth of the training";
  const validation =
    facts["validation_loss"] === undefined
      ? ""
      : "; the diamond is the loss on the rows kept for validation, after the last step";
  return (
    `Loss of the trained tokens, entry by entry of the trainer's log${mean}${validation}. Below, the learning ` +
    `rate.`
  );
}

type Row = readonly [name: string, value: string];

function rows({ facts, config, versions }: Training): Row[] {
  const {
    base_model: base,
    base_sha256: baseHash,
    train_rows: train,
    val_rows: validation,
    left_out_rows: leftOut = 0,
    dataset_sha256: datasetHash,
    dataset_licences: licences,
    trainer,
    tokens,
    steps,
    loss,
    validation_loss: validationLoss,
    ...others
  } = facts;
  const told: readonly (Row | null)[] = [
    row("Base model", base, baseHash === undefined ? "" : `SHA-256 ${String(baseHash).slice(0, 12)}…`),
    row(
      "Rows",
      train === undefined ? undefined : `${counted(Number(train), "row")} trained on`,
      validation === undefined ? "" : `${counted(Number(validation), "row")} to validate with`,
      leftOut === 0 ? "" : `${counted(Number(leftOut), "row")} left out`,
      datasetHash === undefined ? "" : `SHA-256 ${String(datasetHash).slice(0, 12)}…`,
    ),
    row("Licences of their code", licences === "" ? undefined : licences),
    row(
      "Length",
      steps === undefined ? undefined : counted(Number(steps), "step"),
      tokens === undefined ? "" : `${Number(tokens).toLocaleString("en-GB")} tokens`,
      config === null ? "" : epochWords(config.training),
    ),
    ...(config === null ? [] : setUpRows(config)),
    row("Loss", loss, validationLoss === undefined ? "" : `${String(validationLoss)} on the rows to validate with`),
    row("Trainer", trainer, ...Object.entries(versions).map(([name, version]) => `${name} ${version}`)),
    ...Object.entries(others)
      .filter(([name]) => versions[name] === undefined && !ofTheFile.has(name))
      .map(([name, value]) => row(name.replaceAll("_", " "), value)),
  ];
  return told.filter((each) => each !== null);
}

/** What sft.yaml says of the adapter, and of how it was trained. */
function setUpRows({ lora, training, max_seq_length: longest }: NonNullable<Training["config"]>): (Row | null)[] {
  const batch = training.per_device_train_batch_size * training.gradient_accumulation_steps;
  return [
    row(
      "Adapter",
      `LoRA of rank ${lora.r}`,
      `alpha ${lora.alpha}`,
      `dropout ${lora.dropout}`,
      `on ${[lora.target_modules].flat().join(" ")}`,
    ),
    row("Learning rate", training.learning_rate, training.scheduler, `${training.warmup_ratio * 100} % warm-up`),
    row("Batch", counted(batch, "row"), `rows of at most ${longest} tokens`),
  ];
}

/** Facts of a GGUF file that are none of the training's. */
const ofTheFile: ReadonlySet<string> = new Set(["holds", "number_format"]);

function row(name: string, value: string | number | boolean | undefined, ...more: readonly string[]): Row | null {
  return value === undefined ? null : [name, [String(value), ...more.filter((part) => part !== "")].join(" · ")];
}

function epochWords({ epochs, max_steps: most }: NonNullable<Training["config"]>["training"]): string {
  return (
    `${epochs} ${epochs === 1 ? "epoch" : "epochs"}` +
    (most === null ? "" : `, or ${counted(most, "step")} where that is less`)
  );
}
