import { readFile } from "node:fs/promises";
import { Artifact, defineStage, Example, z } from "distil-pipeline/stage";

/** Reads the files that the steps before have left: an example a file, with what it says. */
export default defineStage({
  name: "read-back",
  summary: "Reads the files that the steps before have left",
  version: 1,
  reads: Artifact,
  writes: Example,
  parallel: "whole",
  options: z.strictObject({}),
  async *run(artifacts, _options, context) {
    for await (const artifact of artifacts) {
      const response = await readFile(await context.artifact(artifact), "utf8");
      yield Example.make(
        {
          task: "text",
          language: "none",
          prompt: artifact.path,
          response,
          split: null,
          labels: {},
          evidence: { type: "none" },
        },
        { source: null, from: [artifact] },
      );
    }
  },
});
