import { defineStage, Example, reason, z } from "distil-pipeline/stage";

/** Puts out, and leaves out, texts and labels that JavaScript writes as JSON and other readers of JSON do not take. */
export default defineStage({
  name: "awkward",
  summary: "Puts out texts that are awkward in JSON",
  version: 1,
  writes: Example,
  parallel: "whole",
  options: z.strictObject({ keep: z.boolean().default(true).describe("Whether anything is kept") }),
  async *run(_inputs, { keep }, context) {
    const source = { ref: "folder:texts", name: "texts", version: "1", licence: "LicenseRef-own" };
    const make = (response, labels) =>
      Example.make(
        { task: "text", language: "none", prompt: "Say it", response, split: null, labels, evidence: { type: "none" } },
        { source, from: [] },
      );
    context.refuse({ source: "folder:\ud83d", path: "a\u0000b" }, reason("half-a-pair", "it ends in \ud83d"));
    if (!keep) return;
    yield make("half \ud83d of a pair", { topic: "a" });
    yield make("the other half \ude00", { "\ud83d": 1, topic: "b", Topic: "c" });
    yield make("a whole \ud83d\ude00, a NUL \u0000, a \u2028", { topic: "d" });
  },
});
