import { appendFile } from "node:fs/promises";
import { defineStage, Example, yamlRef, z } from "distil-pipeline/stage";

const Words = z.strictObject({ word: z.string() });

/** Puts a word before every response, which a YAML file says; notes what it puts out. */
export default defineStage({
  name: "say",
  summary: "Puts a word before every response",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  partition: 10,
  options: z.strictObject({
    words: yamlRef(Words),
    journal: z.string().describe("File in which each computation leaves a line"),
    delay: z.int().default(0).describe("Milliseconds a record"),
  }),
  async *run(examples, { words, journal, delay }, context) {
    const { word } = context.yaml(words, Words);
    yield* context.map(examples, async (example) => {
      await new Promise((resolve) => setTimeout(resolve, delay));
      const response = `${word} ${example.response}`;
      await appendFile(journal, `${response}\n`);
      return Example.derive(example, { response });
    });
  },
});
