import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { lines } from "../../system/files/lines.js";
import { PipelineError } from "../../system/errors.js";

const Row = z.object({ source_ref: z.string().nullable() });

/**
 * The test split of an exported dataset: the folder, or jsonl/test.jsonl itself. Throws a PipelineError (usage) where
 * there is none.
 */
export async function findTestSplit(dataset: string): Promise<string> {
  if (dataset.endsWith(".jsonl") && existsSync(dataset)) return resolve(dataset);
  const file = join(dataset, "jsonl", "test.jsonl");
  if (existsSync(file)) return resolve(file);
  throw new PipelineError(`${dataset} has no jsonl/test.jsonl`, {
    code: "usage",
    hint: "name the outputs of a pipeline that exports JSONL with a test split, such as data/build-dataset",
  });
}

/**
 * Where the code of a dataset's rows comes from. Throws a PipelineError (usage) where that is a folder whose place the
 * rows do not tell.
 */
export async function sourcesOf(file: string): Promise<string[]> {
  const sources = new Set<string>();
  for await (const line of lines(file)) {
    const ref = line.trim() === "" ? null : readRow(line, file).source_ref;
    if (ref !== null) sources.add(ref);
  }
  const nowhere = [...sources].find((ref) => /^(?:folder|archive):(?!\/)/u.test(ref));
  if (nowhere === undefined) return [...sources].toSorted();
  throw new PipelineError(
    `rows of the dataset come from ${nowhere}, a path that began at the file of the pipeline that built it`,
    { code: "usage", hint: "say where it is: --source FOLDER" },
  );
}

function readRow(line: string, file: string): z.infer<typeof Row> {
  try {
    return Row.parse(JSON.parse(line));
  } catch (cause) {
    throw new PipelineError(`${file} holds a line that is no row of an exported dataset`, {
      code: "usage",
      hint: "name a dataset that the stage export wrote",
      cause,
    });
  }
}
