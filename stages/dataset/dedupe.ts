import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { contentHash, Example } from "../../pipeline/contract/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";

/** Keeps the first of the examples whose normalised prompt and response are equal. */
export default defineStage({
  name: "dedupe",
  summary: "Keeps the first of equal examples, across all sources",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "whole",
  options: z.strictObject({
    ignore: z
      .enum(["nothing", "whitespace"])
      .default("whitespace")
      .describe(
        "Differences that do not make two examples different; whitespace: blank lines, ends of lines, how deep an " +
          "indentation is, and how many spaces part two words, never what stands between quotes",
      ),
  }),

  async *run(examples, { ignore }, context) {
    const firstSeen = context.index(); // on disk: memory stays flat
    for await (const example of examples) {
      const original = firstSeen.claim(contentHash(example, { ignore }), example.id);
      if (original === undefined) yield example;
      // Steps that are joined may pass on one and the same record: that is no duplicate.
      else if (original !== example.id) context.drop(example, reason("duplicate", `duplicate of ${original}`));
    }
  },
});
