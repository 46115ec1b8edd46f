import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inWords } from "../../../pipeline/contract/reasons.js";
import type { Context, Needed } from "../../../pipeline/contract/stage.js";
import type { StepSummary } from "../../../pipeline/contract/step-summary.js";
import type { Column } from "../lib/files/column.js";
import type { Fields } from "../lib/files/fields.js";
import type { DatasetFile } from "../lib/files/files.js";
import { hubSplits, yamlHeader } from "../lib/card/hugging-face.js";
import type { LicenceFile } from "../lib/card/licences.js";
import { code, count, joined, share, table as markdownTable } from "../../../pipeline/system/markdown.js";
import type { Table } from "../lib/files/table.js";
import type { Tally } from "../lib/card/tally.js";

interface Dataset {
  readonly table: Table;
  readonly tally: Tally;
  readonly files: readonly DatasetFile[];
  readonly licences: readonly LicenceFile[];
  /** What a line of the JSONL holds, where that is not every column. */
  readonly fields: Fields | undefined;
}

/**
 * Writes README.md, the dataset card: all of it follows from the rows, the steps' counts and the configuration. Answers
 * its path.
 */
export async function writeCard(
  dataset: Dataset,
  context: Pick<Context, "outputDir" | "history"> & Needed<"pipeline">,
): Promise<string> {
  const { pipeline } = context;
  const steps = context.history();
  const sections = [
    introduction(pipeline.name, dataset),
    ...dataset.tally.evidenceSections(),
    splits(dataset, steps),
    sources(dataset),
    teachers(dataset, steps),
    counts(dataset, steps),
    rejects(steps),
    notices(steps),
    columns(dataset),
    loading(dataset),
    configuration(pipeline.text),
  ];
  const text = [yamlHeader({ name: pipeline.name, ...dataset }), ...sections.filter((section) => section !== "")].join(
    "\n",
  );
  await writeFile(join(context.outputDir, "README.md"), text);
  return "README.md";
}

function introduction(name: string, { tally }: Dataset): string {
  const { rows, tasks, languages } = tally;
  const sourceCount = new Set(tally.sources().map(({ source }) => source.ref)).size;
  const from = `${count(rows, "row")} from ${count(sourceCount, "source")}`;
  const about = `Task: ${joined([...tasks.keys()])}. Language: ${joined([...languages.keys()])}.`;
  return `# ${name}

${from}, each a conversation: a question about code, and an answer.
${about} Made by \`distil-pipeline\` from the configuration at the end of this card.
`;
}

function splits({ tally }: Dataset, steps: readonly StepSummary[]): string {
  const names = (["train", "val", "test", "all"] as const).filter((split) => tally.splits.has(split));
  const rows = names.map((split) => {
    const { rows: n = 0, files = 0, packages = 0 } = tally.splits.get(split) ?? {};
    return [split, n, share(n, tally.rows), files, packages];
  });
  const nearDuplicates = steps
    .flatMap(({ reasons }) => reasons)
    .filter(({ code: why }) => why === "near-duplicate")
    .reduce((sum, each) => sum + each.count, 0);
  const { filesInTwoSplits, packagesInTwoSplits } = tally;
  const leakage =
    `Leakage, counted on these rows: ${filesInTwoSplits === 0 ? "no file" : count(filesInTwoSplits, "file")} and ` +
    `${packagesInTwoSplits === 0 ? "no package" : count(packagesInTwoSplits, "package")} ` +
    `${filesInTwoSplits + packagesInTwoSplits === 1 ? "stands" : "stand"} in two splits. ` +
    `${count(nearDuplicates, "near-identical example")} ${nearDuplicates === 1 ? "was" : "were"} left out, because a ` +
    `copy stands in a split that is held out. ` +
    "`leakage.json` holds what was checked; the configuration says what the groups are.\n";
  return `## Splits

${markdownTable(["split", "rows", "share", "files", "packages"], rows)}
${steps.some(({ stage }) => stage === "split") ? `\n${leakage}` : ""}`;
}

function sources({ tally, licences }: Dataset): string {
  const pathOf = new Map(licences.map(({ ref, path }) => [ref, path]));
  const rows = tally.sources().map(({ source, rows: n }) => {
    const path = pathOf.get(source.ref);
    return [
      source.name,
      code(source.version),
      source.licence,
      n,
      share(n, tally.rows),
      path === undefined ? "none in the source" : `[text](${path})`,
    ];
  });
  if (tally.rowsWithoutSource > 0)
    rows.push(["(several, or none)", "", "", tally.rowsWithoutSource, share(tally.rowsWithoutSource, tally.rows), ""]);
  return `## Sources and licences

Every row names its source, version, licence, file and lines.

${markdownTable(["source", "version", "licence (SPDX)", "rows", "share", "licence text"], rows)}
`;
}

function teachers({ tally }: Dataset, steps: readonly StepSummary[]): string {
  const rows = [...tally.teachers]
    .toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([teacher, n]) => [teacher, n, share(n, tally.rows)]);
  return `## Who wrote the responses

${markdownTable(["teacher", "rows", "share"], rows)}
${tally
  .evidenceAnswers(steps)
  .map((text) => `\n${text}`)
  .join("")}`;
}

function counts({ tally }: Dataset, steps: readonly StepSummary[]): string {
  if (steps.length === 0) return "";
  const rows = steps.map((step) => [
    step.step,
    step.in,
    step.out,
    step.dropped,
    step.failed,
    step.skipped,
    step.rejectedParts,
    step.refused,
  ]);
  return `## Counts by step

Records into and out of every step. Parts are ${tally.parts()} of a record; refused is what never became a record.

${markdownTable(["step", "in", "out", "dropped", "failed", "skipped", "parts rejected", "refused"], rows)}
`;
}

function rejects(steps: readonly StepSummary[]): string {
  const rows = steps.flatMap(({ step, reasons }) =>
    reasons.map(({ type, code: why, count: n }) => [step, `${type}: ${inWords(why)}`, n]),
  );
  if (rows.length === 0) return "";
  return `## What was left out, and why

${markdownTable(["step", "reason", "count"], rows)}
`;
}

function notices(steps: readonly StepSummary[]): string {
  const lines = steps.flatMap(({ step, notices: told }) => told.map((text) => `- ${code(step)}: ${text}`));
  return lines.length === 0 ? "" : `## What to know of it\n\n${lines.join("\n")}\n`;
}

function columns({ table: { columns: all }, fields }: Dataset): string {
  return `## Columns
${fields === undefined ? "" : `\nA line of the JSONL holds ${joined(fieldsInWords(fields))}, and no more.\n`}
${markdownTable(
  ["column", "type", "meaning"],
  all.map(({ name, type, meaning }) => [code(name), typeNames[type], meaning]),
)}
`;
}

function fieldsInWords(fields: Fields): string[] {
  return Object.entries(fields).map(([key, column]) =>
    typeof column === "string"
      ? `${code(key)} (${code(column)})`
      : `${code(key)} (${Object.entries(column)
          .map(([inner, name]) => `${code(inner)}: ${code(name)}`)
          .join(", ")})`,
  );
}

const typeNames: Readonly<Record<Column["type"], string>> = {
  string: "string",
  integer: "int64",
  number: "double",
  boolean: "bool",
  messages: "list<struct<role, content>>",
};

function loading({ files, fields = { messages: "messages" } }: Dataset): string {
  const [first] = files;
  if (first === undefined) return "";
  return `## How to load it

\`\`\`python
from datasets import load_dataset

dataset = load_dataset("path/to/this/folder")
print(dataset["${hubSplits[first.split]}"][0]["${Object.keys(fields)[0]}"])
\`\`\`

${markdownTable(
  ["file", "rows"],
  files.map(({ path, rows }) => [code(path), rows]),
)}
`;
}

function configuration(text: string): string {
  return `## Configuration

\`\`\`yaml
${text.trimEnd()}
\`\`\`
`;
}
