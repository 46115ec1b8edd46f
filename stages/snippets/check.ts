import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { PipelineError } from "../../pipeline/system/errors.js";
import { inOrder } from "../../pipeline/system/in-order.js";
import { checkBatch, type Outcome } from "./check/batch.js";
import { type Batch, batchesOf } from "./check/batches.js";
import { CheckerOption } from "./check/checker.js";
import { factsOf } from "./lib/facts.js";
import { planChecks } from "./check/plan.js";
import { toolsOf, toolsThatShip } from "./check/tools.js";
import { CheckEvidence } from "./lib/check-evidence.js";

const options = z.strictObject({
  tasks: z
    .array(z.string())
    .min(1)
    .default(["snippet"])
    .describe("Tasks whose responses are code; examples of others pass through"),
  checkers: z
    .record(z.string(), CheckerOption)
    .default({})
    .describe(
      "Tools by language, beside those that ship: a command with {file} in it, the same in full, a list of these in " +
        "order of preference, or a language whose tools it shares",
    ),
  outputs: z
    .boolean()
    .default(true)
    .describe(
      "Whether outputs that a snippet states (examples in Python docstrings, // => 3 in JavaScript) are held against " +
        "what it gives, in three runs",
    ),
  missing: z
    .enum(["keep", "reject", "stop"])
    .default("keep")
    .describe("Rows that no tool here can judge: kept without evidence, left out, or a reason to stop the run"),
});

/**
 * Checks every snippet with the real tool of its language, in the sandbox, and keeps those that it accepts. A tool that
 * fails for another reason than the snippet (it is not there, it crashes, it takes too long) gives no verdict.
 */
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
  tools: toolsThatShip,
  options,

  plan: async ({ checkers }, context) => await planChecks(checkers, context),

  async *run(examples, { tasks, checkers, outputs, missing }, context) {
    const all: Example[] = [];
    for await (const example of examples) all.push(example);
    const outcomes = new Map<string, Outcome>();
    const tools = await context.once("tools", async () => toolsOf(checkers));
    const check = async (batch: Batch) => await checkBatch(batch, { toolsOf: tools, runsOutputs: outputs }, context);
    const batches = batchesOf(all.filter(({ task }) => tasks.includes(task)));
    for await (const found of context.map(inOrder(batches), async (batch) => await check(batch))) {
      for (const [id, outcome] of found) outcomes.set(id, outcome);
      context.progress(outcomes.size, all.length);
    }

    for (const example of all) {
      const outcome = outcomes.get(example.id);
      if (outcome === undefined) yield example;
      else if (outcome.type === "fail") context.drop(example, reason("refused", outcome.message));
      else if (outcome.type === "broken") context.fail(example, reason("checker-failed", outcome.message, again));
      else if (outcome.type === "pass") yield withFacts(example, outcome.evidence);
      else if (missing === "stop") throw notChecked(example, outcome.why);
      else if (missing === "reject") context.drop(example, reason("not-checked", outcome.why));
      else yield withFacts(example, example.evidence);
    }
  },
});

const again = "run it again: what failed is tried anew; where it stays so, raise the checker's timeout or memory";

function withFacts(example: Example, evidence: Example["evidence"]): Example {
  return Example.derive(example, { evidence, labels: { ...example.labels, ...factsOf(example) } });
}

function notChecked({ language, source }: Example, why: string): PipelineError {
  return new PipelineError(`a snippet is not checked (${language}, ${source?.path ?? "without a path"}): ${why}`, {
    code: "stage",
    hint: "install what is missing, name a checker under `checkers`, or set missing: keep or reject",
  });
}
