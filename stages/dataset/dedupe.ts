import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { contentHash, Example } from "../../pipeline/contract/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { sha256 } from "../../pipeline/system/hash.js";
import { withoutFreeSpace } from "../../pipeline/system/white-space.js";

/** Keeps the first of the examples whose normalised prompt and response are equal, or the one of these that counts. */
export default defineStage({
  name: "dedupe",
  summary: "Keeps the first of equal examples, across all sources",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "whole",
  options: z.strictObject({
    by: z
      .array(z.enum(["prompt", "response"]))
      .min(1)
      .default(["prompt", "response"])
      .describe("What makes two examples equal"),
    hashLabel: z
      .string()
      .min(1)
      .optional()
      .describe("Label that keeps the SHA-256 by which examples are compared: of one text, that text's own"),
    ignore: z
      .enum(["nothing", "whitespace"])
      .default("whitespace")
      .describe(
        "Differences that do not make two examples different; whitespace: blank lines, ends of lines, how deep an " +
          "indentation is, and how many spaces part two words, never what stands between quotes",
      ),
  }),

  async *run(examples, { by, hashLabel, ignore }, context) {
    const firstSeen = context.index(); // on disk: memory stays flat
    for await (const example of examples) {
      const hash = hashOf(example, { by, ignore });
      const original = firstSeen.claim(hash, example.id);
      if (original === undefined)
        yield hashLabel === undefined
          ? example
          : Example.derive(example, { labels: { ...example.labels, [hashLabel]: hash } });
      // Steps that are joined may pass on one and the same record: that is no duplicate.
      else if (original !== example.id) context.drop(example, reason("duplicate", `duplicate of ${original}`));
    }
  },
});

interface Compared {
  readonly by: readonly ("prompt" | "response")[];
  readonly ignore: "nothing" | "whitespace";
}

/** What two examples have in common that are equal. */
function hashOf(example: Example, { by, ignore }: Compared): string {
  const [part, ...others] = new Set(by);
  if (part === undefined || others.length > 0) return contentHash(example, { ignore });
  return sha256(ignore === "whitespace" ? withoutFreeSpace(example[part]) : example[part]);
}
