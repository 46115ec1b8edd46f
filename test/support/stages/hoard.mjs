import { defineStage, Example, z } from "distil-pipeline/stage";

/** Keeps the context of one partition for the next ones, which is a mistake. */
export default defineStage({
  name: "hoard",
  summary: "Asks the context of a partition that is over",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  partition: 10,
  options: z.strictObject({}),
  async *run(examples, _, context) {
    const first = await context.once("context", async () => context);
    for await (const example of examples) {
      await first.remember(example.id, async () => 1);
      yield example;
    }
  },
});
