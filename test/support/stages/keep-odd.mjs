import { appendFile } from "node:fs/promises";
import { defineStage, Example, reason, z } from "distil-pipeline/stage";

/** Keeps odd numbers, remembers costly work, and can note each computation in a file or fail at one number. */
export default defineStage({
  name: "keep-odd",
  summary: "Keeps the examples whose response is odd",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  options: z.strictObject({
    journal: z.string().optional().describe("File in which each computation leaves a line"),
    failAt: z.int().optional().describe("Number at which the stage throws"),
    lose: z.int().optional().describe("Number that the stage forgets"),
    delay: z.int().default(0).describe("Milliseconds a record"),
  }),
  async *run(examples, { journal, failAt, lose, delay }, context) {
    const judged = context.map(examples, async (example) => ({
      example,
      odd: await context.remember(["odd", example.response], async () => {
        if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
        if (journal !== undefined) await appendFile(journal, `${example.response}\n`);
        return Number(example.response) % 2 === 1;
      }),
    }));
    for await (const { example, odd } of judged) {
      if (Number(example.response) === failAt) throw new Error(`cannot bear ${failAt}`);
      if (Number(example.response) === lose) continue;
      if (odd) yield Example.derive(example, { labels: { odd: true } });
      else context.drop(example, reason("even", `even: ${example.response}`));
    }
  },
});
