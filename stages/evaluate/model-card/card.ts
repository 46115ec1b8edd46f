import { stringify } from "yaml";
import type { ModelInfo } from "../../../pipeline/contract/model.js";
import type { Prompt } from "../../../pipeline/contract/prompt.js";
import type { Artifact } from "../../../pipeline/contract/records.js";
import { hubLicences } from "../../dataset/lib/card/hugging-face.js";
import type { LicenceFile } from "../../dataset/lib/card/licences.js";
import { code, count, share, table } from "../../../pipeline/system/markdown.js";
import type { Tally } from "../../dataset/lib/card/tally.js";
import type { Report } from "../lib/figures/figures.js";
import { headline, type MetricName } from "../lib/figures/metrics.js";
import type { Figure } from "../lib/figures/statistics.js";

/** All that a model card is written from: the files, what they were made of, and how the model did. */
export interface CardFacts {
  readonly name: string;
  /** The model's name in the report. */
  readonly contestant: string;
  readonly notes: readonly string[];
  /** Of the rows that the trainer was given. */
  readonly tally: Tally;
  readonly licences: readonly LicenceFile[];
  readonly pipeline: { readonly name: string; readonly seed: number; readonly text: string };
  readonly prompt: Prompt;
  readonly base: Pick<ModelInfo, "name" | "licence" | "chatFormat">;
  readonly models: readonly {
    readonly file: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly facts: Artifact["facts"];
  }[];
  readonly report: Report;
}

/** README.md of a model, with the header that the Hugging Face Hub reads. All of it follows from the run. */
export function modelCard(facts: CardFacts): string {
  return [
    header(facts),
    introduction(facts),
    use(facts),
    figures(facts),
    training(facts),
    sources(facts),
    configuration(facts),
  ]
    .filter((section) => section !== "")
    .join("\n");
}

function header({ base, tally, name }: CardFacts): string {
  const licences = [
    ...new Set([base.licence ?? "other", ...tally.sources().map(({ source }) => source.licence)].flatMap(hubLicences)),
  ].toSorted();
  return `---\n${stringify(
    {
      model_name: name,
      license: licences.length === 1 ? licences[0] : licences,
      base_model: base.name,
      language: ["code"],
      pipeline_tag: "text-generation",
      tags: ["code", "gguf", "lora", ...tally.languages.keys(), ...tally.tasks.keys()].toSorted(),
    },
    { lineWidth: 0 },
  )}---\n`;
}

function introduction({ name, base, tally, models, notes }: CardFacts): string {
  const used = usedRows({ tally, models });
  const leftOut = Math.max(0, tally.rows - used);
  const files = models.map(({ file, bytes, sha256 }) => [code(file), `${(bytes / 1e6).toFixed(1)} MB`, code(sha256)]);
  const trained = `${base.name}, trained on ${count(used, "row")} to answer: ${[...tally.tasks.keys()].join(", ")}.`;
  const more =
    leftOut === 0
      ? ""
      : ` ${count(leftOut, "more row")} did not fit into the training; the counts of the sources below hold them too.`;
  return `# ${name}

${trained} ${proof(tally)}${more}
${notes.map((note) => `\n${note}\n`).join("")}
${table(["file", "size", "SHA-256"], files)}
`;
}

/** How the rows are proven, as their evidence says. */
function proof({ rows, proven }: Tally): string {
  const ways = [...proven];
  const [[how, all] = ["", 0]] = ways;
  if (ways.length === 0) return "Nothing in the rows proves them.";
  if (all === rows) return `Every row was proven by ${how} before it was trained on.`;
  const each = ways.map(([way, n]) => `${count(n, "row")} by ${way}`).join(", ");
  return `Of ${count(rows, "row")}, these were proven before they were trained on: ${each}.`;
}

/** Rows that were trained on; where the trainer does not tell, those that it was given. */
function usedRows({ tally, models }: Pick<CardFacts, "tally" | "models">): number {
  const used = models[0]?.facts["train_rows"];
  return typeof used === "number" ? used : tally.rows;
}

function use({ prompt, base, models, report, contestant }: CardFacts): string {
  const { quantization = null } = report.contestants[contestant]?.model ?? {};
  const adapter = models.find(({ facts }) => facts["holds"] === "adapter");
  const format = base.chatFormat === null ? "the chat template of its base" : `the chat format ${base.chatFormat}`;
  const question = [
    ...(prompt.system === undefined ? [] : [`system: ${prompt.system.trim()}\n`]),
    prompt.instruction.trim(),
  ];
  return `## How to ask it

It knows this form of question, in ${format}, and no other:

\`\`\`\`
${question.join("\n")}
\`\`\`\`
${adapter === undefined ? "" : adapterUse(adapter, base, quantization)}`;
}

/** How a pipeline file names an adapter with its base. */
function adapterUse(
  { file, facts }: CardFacts["models"][number],
  { name, chatFormat }: CardFacts["base"],
  quantization: string | null,
): string {
  const entry = [
    `source: ${JSON.stringify(String(facts["base_model"]))}`,
    `adapter: ${JSON.stringify(`file:${file}`)}`,
    ...(quantization === null ? [] : [`quantization: ${quantization}`]),
    ...(chatFormat === null ? [] : [`chatTemplate: ${chatFormat}`]),
  ];
  return `
\`${file}\` is an adapter: it is loaded beside its base, ${name}.

\`\`\`yaml
models:
  student: { ${entry.join(", ")} }
\`\`\`
`;
}

function figures({ report, contestant }: CardFacts): string {
  const { models, comparisons } = report;
  if (models[contestant] === undefined) return "";
  const rows = Object.entries(models).map(([name, figuresOf]) => [
    name === contestant ? `**${name}**` : name,
    ...headline.map(({ name: metric }) => percentOf(figuresOf[metric])),
  ]);
  const differences = comparisons
    .filter(({ model }) => model === contestant)
    .map(({ to, figures: own }) => [
      `${contestant} less ${to}`,
      ...headline.map(({ name: metric }) => pointsOf(own[metric])),
    ]);
  const [{ models: scored } = { models: {} }] = report.targets;
  const human = Object.keys(scored).includes("human") ? "; `human` only where people wrote tests" : "";
  const heads = headline.map(({ name }) => titles[name]);
  const against =
    differences.length === 0 ? "" : `${table(["difference, on the same functions", ...heads], differences)}\n\n`;
  return `## How it does

On ${count(report.targets.length, "function")} that gave no row to train on, with 95 % intervals${human}:

${table(["who", ...heads], rows)}

${against}${headline.map(({ name, meaning }) => `- ${titles[name]}: ${meaning}.`).join("\n")}
`;
}

const titles: Readonly<Record<(typeof headline)[number]["name"] & MetricName, string>> = {
  suitePassAt1: "suite pass@1",
  salvaged: "salvaged",
  mutationScore: "mutation score",
};

function percentOf({ value, low, high, n }: Figure): string {
  return value === null || low === null || high === null
    ? "–"
    : `${(100 * value).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}; n = ${n})`;
}

function pointsOf({ value, low, high }: Figure): string {
  const signed = (part: number) => `${part < 0 ? "−" : "+"}${Math.abs(100 * part).toFixed(1)}`;
  return value === null || low === null || high === null ? "–" : `${signed(value)} (${signed(low)} to ${signed(high)})`;
}

function training({ models }: CardFacts): string {
  const [{ facts } = { facts: {} }] = models;
  const rows = Object.entries(facts)
    .filter(([key]) => !["holds", "number_format"].includes(key))
    .map(([key, value]) => [code(key), String(value)]);
  return `## How it was trained\n\n${table(["fact", "value"], rows)}\n`;
}

function sources({ tally, licences }: CardFacts): string {
  const pathOf = new Map(licences.map(({ ref, path }) => [ref, path]));
  const rows = tally
    .sources()
    .map(({ source, rows: n }) => [
      source.name,
      code(source.version),
      source.licence,
      n,
      share(n, tally.rows),
      pathOf.has(source.ref) ? `[text](${pathOf.get(source.ref) ?? ""})` : "none in the source",
    ]);
  return `## What it was trained on

The rows were made from these packages; their licences are in \`LICENSES/\`.

${table(["source", "version", "licence (SPDX)", "rows", "share", "licence text"], rows)}

Written by: ${[...tally.teachers].map(([teacher, n]) => `${teacher} (${count(n, "row")})`).join(", ")}.
`;
}

function configuration({ pipeline }: CardFacts): string {
  return `## Configuration

\`\`\`yaml
${pipeline.text.trimEnd()}
\`\`\`
`;
}
