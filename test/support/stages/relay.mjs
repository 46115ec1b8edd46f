import { existsSync, readFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { defineStage, Example, reason, z } from "distil-pipeline/stage";

const linesOf = (file) => (existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0);

async function until(isThere, signal) {
  while (!isThere()) {
    if (signal.aborted) throw new Error("stopped");
    await wait(2);
  }
}

/** Passes numbers on, ten a partition, and can wait at one of them until another step has come so far. */
export default defineStage({
  name: "relay",
  summary: "Passes numbers on",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  partition: 10,
  options: z.strictObject({
    journal: z.string().describe("File in which each number leaves a line"),
    delay: z.int().default(0).describe("Milliseconds a number"),
    waits: z
      .strictObject({ at: z.int(), file: z.string(), lines: z.int().min(1) })
      .optional()
      .describe("Number at which it waits until a file has so many lines"),
    flag: z.string().optional().describe("While this file exists, a number fails"),
    fails: z.int().optional().describe("The number that fails"),
    throws: z.int().optional().describe("Number at which the stage throws while that file exists"),
    looksBack: z.boolean().default(false).describe("Whether it says how many numbers the steps before put out"),
  }),
  async *run(examples, { journal, delay, waits, flag, fails, throws, looksBack }, context) {
    const counted = looksBack
      ? {
          before: context
            .history()
            .map(({ step, out }) => `${step} ${out}`)
            .join(),
        }
      : {};
    const done = context.map(examples, async (example) => {
      const number = Number(example.response);
      if (delay > 0) await wait(delay);
      if (number === waits?.at) await until(() => linesOf(waits.file) >= waits.lines, context.signal);
      await appendFile(journal, `${number}\n`);
      return example;
    });
    for await (const example of done) {
      const number = Number(example.response);
      const isDown = flag !== undefined && existsSync(flag);
      if (isDown && number === throws) throw new Error(`cannot bear ${number}`);
      if (isDown && number === fails) context.fail(example, reason("endpoint-down", "the endpoint is down"));
      else yield Example.derive(example, { labels: { ...example.labels, ...counted, done: true } });
    }
  },
});
