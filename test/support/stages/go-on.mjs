import { defineStage, Example, modelRef, z } from "distil-pipeline/stage";

/** Has a model go on with a text for as long as is wanted, and tells of each piece. */
export default defineStage({
  name: "go-on",
  summary: "Has a model go on with a text",
  version: 1,
  writes: Example,
  parallel: "whole",
  needs: ["model"],
  options: z.strictObject({
    models: z.array(modelRef()).min(1).describe("Who is asked, one after the other"),
    tokens: z.int().min(1).default(4000).describe("Most tokens of an answer"),
    answers: z.int().min(1).default(1).describe("Answers of each, asked at once"),
  }),
  async *run(_inputs, { models, tokens, answers }, context) {
    let told = 0;
    for (const model of models) {
      const asked = Array.from({ length: answers }, (_, sample) =>
        context.model(model).generate(
          {
            prompt: "One, two, three, four, five, six, seven,",
            maxTokens: tokens,
            sample,
            sampling: { temperature: 1 },
          },
          {
            signal: context.signal,
            onToken: () => context.progress((told += 1), tokens * models.length * answers, "pieces"),
          },
        ),
      );
      for (const { text } of await Promise.all(asked)) {
        yield Example.make(
          {
            task: "story",
            language: "none",
            prompt: "story",
            response: text,
            split: null,
            labels: { model },
            evidence: { type: "none" },
          },
          { source: null, from: [] },
        );
      }
    }
  },
});
