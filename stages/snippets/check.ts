import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { inOrder } from "../../pipeline/system/in-order.js";
import { CheckEvidence } from "./lib/check-evidence.js";
import { CheckerOption } from "./check/checker.js";
import { toolsOf } from "./check/tools.js";
import { checkBatch, type Outcome } from "./check/batch.js";
import { batchesOf } from "./check/batches.js";

/** Checks every snippet with the real tool of its language, in the sandbox, and keeps those that it accepts. */
export default defineStage({
  name: "check",
  summary: "Checks every snippet with the real tool of its language, in the sandbox, and keeps those that it accepts",
  version: 1,
  reads: Example,
  writes: Example,
  evidence: [CheckEvidence],
  parallel: "record",
  partition: 128,
  needs: ["sandbox"],
  options: z.strictObject({
    tasks: z
      .array(z.string())
      .min(1)
      .default(["snippet"])
      .describe("Tasks whose responses are code; others pass through"),
    checkers: z
      .record(z.string(), CheckerOption)
      .default({})
      .describe(
        "Tools by language: a command with {file} in it, what one is in full, a list of these, or another language",
      ),
  }),

  async *run(examples, options, context) {
    const all: Example[] = [];
    for await (const example of examples) all.push(example);
    const outcomes = new Map<string, Outcome>();
    const tools = toolsOf(options.checkers, context);
    const wanted = all.filter(({ task }) => options.tasks.includes(task));
    for await (const found of context.map(
      inOrder(batchesOf(wanted)),
      async (batch) => await checkBatch(batch, tools, context),
    ))
      for (const [id, outcome] of found) outcomes.set(id, outcome);
    for (const example of all) {
      const outcome = outcomes.get(example.id);
      if (outcome === undefined || outcome.type === "missing") yield example;
      else if (outcome.type === "pass") yield Example.derive(example, { evidence: outcome.evidence });
      else if (outcome.type === "fail") context.drop(example, reason("refused", outcome.message));
      else context.fail(example, reason("checker-failed", outcome.message));
    }
  },
});
