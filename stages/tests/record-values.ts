import { z } from "zod";
import { Example } from "../../pipeline/contract/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { orFail, sandboxIdentities } from "./lib/in-sandbox.js";
import { isByModel, recordValues } from "./lib/recorded/recorded-values.js";
import { PytestEvidence } from "./lib/evidence/pytest-evidence.js";
import { runLimits } from "./lib/run-limits.js";

/**
 * A model chooses the calls, the machine knows the values: runs what a model wrote, and writes down what the code
 * answers where an expectation is wrong. Only what every run answers alike, under other hash seeds, in another order,
 * on another day, in another folder; and only what reads as a value. A right expectation stays as it is written; what
 * the model had expected stays beside what was written, in the evidence. Such a value says what the code does today,
 * not what it should do. What no value can be written for is cut out of a test that expects more than that. What people
 * wrote passes through, and so does what fails for another reason: `verify` tells of that.
 */
export default defineStage({
  name: "record-values",
  summary: "Writes down what the code answers where a model's tests expect something else",
  version: 2,
  reads: Example,
  writes: Example,
  parallel: "record",
  needs: ["sandbox"],
  options: z.strictObject({
    values: z
      .enum(["recorded", "own"])
      .default("recorded")
      .describe(
        "recorded: a wrong expectation becomes what the code answers; own: a model's expectations stay as it wrote " +
          "them, and nothing is run",
      ),
    ...runLimits,
  }),

  async *run(examples, { values, ...limits }, context) {
    const identityOf = sandboxIdentities(context.sandbox);
    const recorded = context.map(examples, async (example) => {
      const { source, evidence } = example;
      if (values === "own" || source === null || !PytestEvidence.is(evidence) || !isByModel(example)) return example;
      return await orFail(
        example,
        context,
        async () =>
          await recordValues({ example, evidence, source, identity: await identityOf(source) }, limits, context),
      );
    });
    for await (const example of recorded) if (example !== null) yield example;
  },
});
