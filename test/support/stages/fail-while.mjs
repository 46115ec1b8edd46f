import { existsSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { defineStage, Example, reason, z } from "distil-pipeline/stage";

/** Passes every example on twice, but fails those of some numbers while a file exists. */
export default defineStage({
  name: "fail-while",
  summary: "Passes examples on, but fails some while a file exists",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  partition: 16,
  options: z.strictObject({
    flag: z.string().describe("While this file exists, examples fail"),
    every: z.int().min(1).default(1).describe("Of how many numbers one fails"),
    journal: z.string().optional().describe("File in which each example that is taken leaves a line"),
    throwAt: z.int().optional().describe("Number at which the stage throws, while the file `flag`.throw exists"),
  }),
  async *run(examples, { flag, every, journal, throwAt }, context) {
    for await (const example of examples) {
      const number = Number(example.response);
      if (journal !== undefined) await appendFile(journal, `${example.response}\n`);
      if (number === throwAt && existsSync(`${flag}.throw`)) throw new Error(`cannot bear ${number}`);
      if (number % every === 0 && existsSync(flag))
        context.fail(example, reason("endpoint-down", "flag up: the endpoint is down", "start the endpoint"));
      else if (number % 5 === 4) context.drop(example, reason("fifth", "a fifth"));
      else {
        yield Example.derive(example, { labels: { copy: 1 } });
        yield Example.derive(example, { labels: { copy: 2 } });
      }
    }
  },
});
