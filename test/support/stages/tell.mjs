import { defineStage, Example, z } from "distil-pipeline/stage";

/** Passes everything on, and says something of it as a whole: once in each partition. */
export default defineStage({
  name: "tell",
  summary: "Passes everything on, and says something of it as a whole",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  options: z.strictObject({ text: z.string().default("half of it is odd").describe("What it says") }),
  async *run(examples, { text }, context) {
    context.notice(text);
    yield* examples;
  },
});
