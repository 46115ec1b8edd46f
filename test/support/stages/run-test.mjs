import { defineStage, Example, z } from "distil-pipeline/stage";

/** Runs one test file in the sandbox, and puts out what came of it. */
export default defineStage({
  name: "run-test",
  summary: "Runs one test file in the sandbox",
  version: 1,
  writes: Example,
  parallel: "whole",
  needs: ["sandbox", "sources"],
  options: z.strictObject({ source: z.string(), code: z.string(), timeout: z.number().default(100) }),
  async *run(_inputs, { source, code, timeout }, context) {
    const tree = await context.sources.fetch(source);
    context.progress(1, 2, "tests");
    const { verdicts } = await context.sandbox.runTests({
      source: tree,
      code,
      target: null,
      hashSeeds: [0],
      timeout,
      memory: 256,
    });
    yield Example.make(
      {
        task: "test",
        language: "python",
        prompt: code,
        response: JSON.stringify(verdicts),
        split: null,
        labels: {},
        evidence: { type: "none" },
      },
      { source: null, from: [] },
    );
  },
});
