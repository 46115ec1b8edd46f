import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Artifact, defineStage, Example, z } from "distil-pipeline/stage";

/** Writes the responses into one file for the user. */
export default defineStage({
  name: "write-out",
  summary: "Writes the responses into one text file",
  version: 1,
  reads: Example,
  writes: Artifact,
  parallel: "whole",
  options: z.strictObject({ file: z.string().default("numbers.txt").describe("Name of the file") }),
  async *run(examples, { file }, context) {
    const all = [];
    for await (const example of examples) all.push(example);
    const text = all.map(({ response }) => `${response}\n`).join("");
    await writeFile(join(context.outputDir, file), text);
    yield Artifact.make(
      {
        type: "numbers",
        path: file,
        sha256: createHash("sha256").update(text).digest("hex"),
        bytes: text.length,
        facts: { rows: all.length },
      },
      { source: null, from: all },
    );
  },
});
