import { defineStage, Example, modelRef, z } from "distil-pipeline/stage";

/** Asks a model about every response, and takes its answer in the place of that. */
export default defineStage({
  name: "ask",
  summary: "Asks a model about every response",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  partition: 50,
  needs: ["model"],
  options: z.strictObject({
    model: modelRef().describe("Who is asked"),
    tokens: z.int().min(1).default(20).describe("Most tokens of an answer"),
  }),
  async *run(examples, { model, tokens }, context) {
    const asked = context.model(model);
    yield* context.map(examples, async (example) => {
      const { text } = await asked.generate({
        prompt: [{ role: "user", content: example.response }],
        maxTokens: tokens,
      });
      return Example.derive(example, { response: text });
    });
  },
});
