import { defineStage, Example, z } from "distil-pipeline/stage";

const source = { ref: "folder:numbers", name: "numbers", version: "1", licence: "LicenseRef-own" };

/** Makes examples whose response is a number: input for tests of the engine. */
export default defineStage({
  name: "numbers",
  summary: "Makes examples whose response is a number",
  version: 1,
  writes: Example,
  parallel: "whole",
  options: z.strictObject({
    count: z.int().min(0).default(200).describe("How many"),
    ingested: z.boolean().default(true).describe("Whether they name a source"),
    prompt: z.string().default("Say a number").describe("The prompt of each"),
  }),
  async *run(_inputs, { count, ingested, prompt }, context) {
    for (let number = 0; number < count; number += 1) {
      context.progress(number, count, "numbers");
      yield Example.make(
        {
          task: "number",
          language: "none",
          prompt,
          response: String(number),
          split: null,
          labels: {},
          evidence: { type: "none" },
        },
        { source: ingested ? source : null, from: [] },
      );
    }
  },
});
