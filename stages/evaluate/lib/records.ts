import { z } from "zod";
import { defineKind } from "../../../pipeline/contract/kind.js";
import { Labels } from "../../../pipeline/contract/records.js";
import { Expectation } from "../../tests/lib/evidence/schema.js";

const Disagreement = z.strictObject({
  asked: Expectation.shape.asked,
  expected: Expectation.shape.expected,
  answered: z.string().describe("What the buggy program answers"),
  correct: z.string().nullable().describe("What the correct program answers; null where that cannot be told"),
  isBug: z
    .boolean()
    .describe("Whether the correct program answers what was expected: the disagreement points at the bug"),
});
/** An expectation that is not what a buggy program answers, with what the correct one answers. */
export type Disagreement = z.infer<typeof Disagreement>;

/** How one model did on one target. */
export const Score = defineKind(
  "Score",
  {
    target: z.string(),
    model: z.string(),
    metrics: z.record(z.string(), z.number().nullable()),
    labels: Labels,
    disagreements: z
      .array(Disagreement)
      .optional()
      .describe("Of a buggy program: where its answers are not what the model expects"),
  },
  ({ target, model }) => [target, model],
);
export type Score = z.infer<typeof Score.schema>;
