import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { hashFile } from "../../pipeline/system/hash.js";
import { Artifact, Conversation } from "../../pipeline/contract/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { writeCard } from "./export/card.js";
import { datasetInfoFile, writeDatasetInfo } from "./export/dataset-info.js";
import { csvColumns } from "./lib/files/csv.js";
import { Fields, lineMaker } from "./lib/files/fields.js";
import { formatNames, writeDataset } from "./lib/files/files.js";
import { jsonStyles } from "./lib/files/json-text.js";
import { copyLicences } from "./lib/card/licences.js";
import { readOnce } from "./lib/files/read-once.js";
import { describeTable } from "./lib/files/table.js";
import { Tally } from "./lib/card/tally.js";

/**
 * The dataset as files: jsonl/train.jsonl, csv/val.csv, parquet/test.parquet, ..., a dataset card and the licence
 * texts. Conversations without a split go to `all`; a split without rows gets no file. Every format holds the same rows
 * in the same order, and the same columns: `messages`, what the chat format adds, and the row's origin, flat.
 */
export default defineStage({
  name: "export",
  summary: "Writes the dataset as JSONL, CSV, Parquet or Arrow, with its card and licences",
  version: 1,
  reads: Conversation,
  writes: Artifact,
  parallel: "whole",
  leaves: ({ datasetInfo }) => ["README.md", ...(datasetInfo ? [datasetInfoFile] : [])],
  needs: ["pipeline"],
  options: z.strictObject({
    formats: z
      .array(z.enum(formatNames))
      .min(1)
      .default(["jsonl", "csv", "parquet"])
      .describe("Kinds of file to write"),
    columns: z
      .record(z.string(), z.union([z.string().min(1), z.literal(false)]))
      .default({})
      .describe(
        'New names for columns of the CSV; they come first. false leaves a column out, and "*": false all that are ' +
          "not named",
      ),
    fields: Fields.optional().describe(
      "What a line of the JSONL holds, by its keys: the name of a column (also prompt, response, and conversations " +
        "in ShareGPT's form), or a mapping of further keys, of which a " +
        "line has those that its row has something for; unless told, every column",
    ),
    json: z
      .enum(jsonStyles)
      .default("compact")
      .describe("How the JSONL is written: without spaces, or as Python's json.dumps writes it (ensure_ascii=False)"),
    fileName: z
      .string()
      .regex(/^[\w.-]*\{\{split\}\}[\w.-]*$/u, "expected {{split}}, with letters, digits, _, - and . around it")
      .default("{{split}}")
      .describe("Name of the files of a split, without their ending: {{split}}_messages"),
    datasetInfo: z
      .boolean()
      .default(false)
      .describe("Whether dataset_info.json is written, by which LLaMA-Factory finds the JSONL files: NAME_train"),
    parquetWriter: z
      .enum(["duckdb", "javascript"])
      .default("duckdb")
      .describe("What writes Parquet: duckdb is fast and native, javascript runs where no native module does"),
  }),

  async *run(input, { formats, columns, fields, json, fileName, datasetInfo, parquetWriter }, context) {
    const conversations = readOnce(input);
    const table = await describeTable(conversations, context);
    const tally = new Tally(context);
    const files = await writeDataset(conversations, {
      table,
      formats,
      parquetWriter,
      csv: csvColumns(table, columns),
      lines: fields === undefined ? null : lineMaker(table, fields),
      json,
      nameOf: (split) => fileName.replace("{{split}}", split),
      folder: context.outputDir,
      onRow: (conversation) => {
        tally.note(conversation);
        context.use(conversation);
      },
      onUnfit: (conversation, why) => context.drop(conversation, why),
    });
    const licences = await copyLicences(tally.sources(), context);
    const card = await writeCard({ table, tally, files, licences, fields }, context);

    const about = { name: context.pipeline.name, fields, folder: context.outputDir };
    const info = datasetInfo ? await writeDatasetInfo(files, about) : null;

    for (const file of [
      ...files,
      ...licences.map(({ path, name }) => ({ path, facts: { source: name } })),
      { path: card, facts: {} },
      ...(info === null ? [] : [{ path: info, facts: {} }]),
    ]) {
      const path = join(context.outputDir, file.path);
      const fields = {
        type: "facts" in file ? "document" : "dataset",
        path: file.path,
        sha256: await hashFile(path),
        bytes: (await stat(path)).size,
      };
      yield Artifact.make(
        {
          ...fields,
          facts: "facts" in file ? file.facts : { rows: file.rows, format: file.format, split: file.split },
        },
        { source: null, from: [] },
      );
    }
  },
});
