import { existsSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { defineStage, Example, z } from "distil-pipeline/stage";

/** Notes each number in a file; takes its time over some, and over one for ever. */
export default defineStage({
  name: "take-time",
  summary: "Passes on numbers, some of them slowly",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  options: z.strictObject({
    journal: z.string().describe("File in which each number leaves a line"),
    delay: z.int().default(0).describe("Milliseconds a number"),
    stuckAt: z.int().optional().describe("Number that is never done while the file `unstuck` is not there"),
    unstuck: z.string().default("unstuck").describe("A file"),
  }),
  async *run(examples, { journal, delay, stuckAt, unstuck }, context) {
    const done = context.map(examples, async (example) => {
      if (Number(example.response) === stuckAt && !existsSync(unstuck)) await new Promise(() => undefined);
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      await appendFile(journal, `${example.response}\n`);
      return example;
    });
    for await (const example of done) yield Example.derive(example, { labels: { done: true } });
  },
});
