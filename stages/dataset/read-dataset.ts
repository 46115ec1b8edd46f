import { join } from "node:path";
import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example, type Split } from "../../pipeline/contract/records.js";
import { basePath, ownFileRef, ownSource, yamlRef } from "../../pipeline/contract/reference.js";
import { rowSource, type SourceTree } from "../../pipeline/contract/sources.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { TrainingFile } from "../../pipeline/contract/training-file.js";
import { PipelineError } from "../../pipeline/system/errors.js";
import { lines } from "../../pipeline/system/files/lines.js";
import { exampleOf } from "./read-dataset/example.js";
import { knownForms } from "./read-dataset/forms.js";

const files = (what: string) =>
  z
    .array(ownFileRef({ below: "root" }))
    .default([])
    .describe(`JSON Lines files ${what}`);

/**
 * A dataset that somebody has made before, in any form that trainers take: each row becomes an example, which the other
 * stages filter, split, write and train on like those that are made here.
 */
export default defineStage({
  name: "read-dataset",
  summary: "Reads a dataset that is there already: JSON Lines of conversations, or of questions and answers",
  version: 1,
  writes: Example,
  parallel: "whole",
  needs: ["sources"],
  options: z
    .strictObject({
      root: basePath("Folder of the files").default("."),
      train: files("to train on"),
      val: files("to validate with"),
      test: files("to test with"),
      files: files("of no split yet"),
      config: yamlRef(TrainingFile)
        .optional()
        .describe("sft.yaml, whose dataset_path and eval_dataset_path are read, relative to the pipeline file"),
      labels: z.array(z.string().min(1)).default([]).describe("Columns that rows keep as labels"),
      task: z.string().min(1).default("chat").describe("What the rows ask for"),
      language: z.string().min(1).default("text").describe("Programming language that they are about"),
    })
    .refine(
      ({ train, val, test, files: unsplit, config }) =>
        config !== undefined || [train, val, test, unsplit].some((named) => named.length > 0),
      { error: "no file is named: write train, val, test, files, or a config with a dataset_path", path: ["files"] },
    ),

  async plan({ config }, { yaml, written, complain }) {
    if (config === undefined || yaml(config, TrainingFile).dataset_path !== undefined) return null;
    const place = written(config, ["training"]) ?? written(config, ["train"]) ?? written(config, ["base_model"]);
    complain(
      new PipelineError(`${config} names no dataset_path, and read-dataset is to read it`, {
        code: "config",
        hint: "write dataset_path: FILE.jsonl under training, or name the files as options of the step",
        locations: place === null ? [] : [place],
      }),
    );
    return null;
  },

  async *run(_, { root, train, val, test, files: unsplit, config, labels, task, language }, context) {
    const { dataset_path, eval_dataset_path } = config === undefined ? {} : context.yaml(config, TrainingFile);
    const below = (split: Split | null, names: readonly string[]) =>
      names.map((file) => ({ split, file, source: ownSource("file", file, root) }));
    const named = (split: Split, file: string | undefined) =>
      file === undefined ? [] : [{ split, file, source: ownSource("file", file) }];
    const wanted = [
      ...below("train", train),
      ...named("train", dataset_path),
      ...below("val", val),
      ...named("val", eval_dataset_path),
      ...below("test", test),
      ...below(null, unsplit),
    ];
    for (const { split, file, source } of wanted) {
      const tree = await context.sources.fetch(source);
      let [row, kept] = [0, 0];
      let first = "it is empty";
      for await (const line of lines(join(tree.folder, tree.name))) {
        context.signal.throwIfAborted();
        if (line.trim() === "") continue;
        row += 1;
        const read = exampleOf(line, { row, labels });
        if ("reason" in read) {
          first = kept === 0 && row === 1 ? read.reason.text : first;
          context.refuse(
            { source: tree.ref, path: tree.name },
            reason(read.reason.code, `row ${row}: ${read.reason.text}`),
          );
          continue;
        }
        kept += 1;
        yield Example.make(
          { task, language, split, evidence: { type: "none" }, ...read.content },
          { source: rowSource(tree, row), from: [] },
        );
      }
      if (kept === 0) throw noRow(tree, { file, rows: row, first });
    }
  },
});

function noRow(
  tree: SourceTree,
  { file, rows, first }: { readonly file: string; readonly rows: number; readonly first: string },
): PipelineError {
  return new PipelineError(
    rows === 0 ? `${file} holds no row` : `none of the ${rows} rows of ${file} can be used; the first: ${first}`,
    {
      code: "source",
      hint: `a row is a JSON object with ${knownForms}`,
      locations: [{ file: tree.origin ?? join(tree.folder, tree.name), line: 1, column: 1, length: 1 }],
    },
  );
}
