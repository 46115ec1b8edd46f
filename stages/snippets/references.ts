import { z } from "zod";
import { render } from "../../pipeline/contract/prompt.js";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { ownFileRef, ownSource } from "../../pipeline/contract/reference.js";
import { rowSource } from "../../pipeline/contract/sources.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { PipelineError } from "../../pipeline/system/errors.js";
import { strip } from "../../pipeline/system/strip.js";
import { root } from "./lib/root.js";
import { Columns, expectColumns, mapped } from "./references/columns.js";
import { readTable, tableFormats } from "./references/table.js";

const template = z.strictObject({ template: z.string().min(1) });

/** Tables of entries (CSV, TSV, JSON Lines), each row of them an example: a question on the entry, and what it says. */
export default defineStage({
  name: "references",
  summary: "Reads the rows of CSV, TSV or JSON Lines files as examples: prompt and response by templates",
  version: 1,
  writes: Example,
  parallel: "whole",
  needs: ["sources"],
  options: z
    .strictObject({
      root,
      files: z
        .array(ownFileRef({ below: "root" }))
        .min(1)
        .describe("Tables below the root, in the order of their rows"),
      format: z
        .enum(tableFormats)
        .optional()
        .describe("What the files are; by their suffixes unless told: .csv, .tsv, .jsonl"),
      columns: Columns.describe(
        "Columns by the names that templates show them under: { name: Name }, or { name: { column: Name, default: " +
          "none } }",
      ),
      required: z.array(z.string()).default([]).describe("Names of columns without which a row is left out"),
      labels: z.array(z.string()).default([]).describe("Names of columns that rows keep as labels"),
      language: z.string().min(1).default("text").describe("Programming language that the entries are about"),
      prompt: template.describe(
        "What a row asks, { template: TEXT }: it shows columns by their names, as {{name}}; a line with {{name?}} " +
          "appears only where the column is filled",
      ),
      response: template.describe("What is answered, by a template of the same form"),
    })
    .superRefine(expectColumns),

  async *run(_, options, context) {
    const { columns, required, labels, language, prompt, response } = options;
    let [rows, kept] = [0, 0];
    for (const file of options.files) {
      const tree = await context.sources.fetch(ownSource("file", file, options.root));
      for await (const { row, cells } of readTable(tree, { file, format: options.format, columns })) {
        context.signal.throwIfAborted();
        rows += 1;
        const shown = mapped(cells, columns);
        const missing = required.find((name) => shown[name] === "");
        if (missing !== undefined) {
          const text = `row ${row}: its column ${columns[missing]?.column ?? missing} is empty`;
          context.refuse({ source: tree.ref, path: tree.name }, reason("empty-column", text));
          continue;
        }
        const answer = strip(render(response.template.trim(), shown));
        kept += 1;
        yield Example.make(
          {
            task: "reference",
            language,
            prompt: render(prompt.template.trim(), shown),
            response: `${answer}\n`,
            split: null,
            labels: { table: file, ...Object.fromEntries(labels.map((name) => [name, shown[name] ?? ""])) },
            evidence: { type: "none" },
          },
          { source: rowSource(tree, row), from: [] },
        );
      }
    }
    if (kept === 0)
      throw new PipelineError(`none of the ${rows} rows of ${options.files.join(", ")} could be used`, {
        code: "source",
        hint: "check `columns` and `required`: pipeline inspect rejects says why each row was left out",
      });
  },
});
