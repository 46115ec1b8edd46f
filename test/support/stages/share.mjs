import { appendFile } from "node:fs/promises";
import { defineStage, Example, z } from "distil-pipeline/stage";

/**
 * Remembers one value for several examples, looks examples of another input up, and notes in a file whatever it
 * computes.
 */
export default defineStage({
  name: "share",
  summary: "Shares what it computes among examples and partitions",
  version: 1,
  reads: { examples: Example, others: Example },
  writes: Example,
  parallel: "record",
  partition: 10,
  options: z.strictObject({ journal: z.string().describe("File in which each computation leaves a line") }),
  async *run({ examples, others }, { journal }, context) {
    const sum = await context.once("sum", async () => {
      await appendFile(journal, "once\n");
      let total = 0;
      for await (const { response } of others) total += Number(response);
      return total;
    });
    const byTens = await context.lookup(others, "tens", ({ response }) => String(Math.floor(Number(response) / 10)));
    const shared = context.map(examples, async (example) => {
      const rest = Number(example.response) % 3;
      const value = await context.remember(["rest", rest], async () => {
        await appendFile(journal, `rest ${rest}\n`);
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        return rest * 100;
      });
      let alike = 0;
      for await (const other of byTens(String(rest))) alike += Number(other.response);
      return Example.derive(example, { labels: { sum, value, alike } });
    });
    yield* shared;
  },
});
