import { z } from "zod";
import { Example } from "../pipeline/records.js";
import { defineStage } from "../pipeline/stage.js";
import { orFail, sandboxIdentities } from "./python/in-sandbox.js";
import { type Candidate, hashSeeds, type InSandbox } from "./verify/candidate.js";
import { measuresCoverage, prove } from "./verify/gates.js";
import { salvage } from "./verify/salvage.js";

const options = z.strictObject({
  runs: z.int().min(1).max(10).default(3).describe("Runs of every test, each with another PYTHONHASHSEED; one that does not pass in all of them is flaky"),
  kills: z.int().min(0).default(0).describe("Mutants of the target that the passing tests of an example have to kill; 0: none"),
  mutants: z.int().min(1).default(20).describe("Most mutants that an example is run on; it ends at the last kill that is asked for"),
  coverage: z.number().min(0).max(1).default(0).describe("Part of the target's lines that the passing tests have to run; 0: it is not measured"),
  measure: z.boolean().default(false).describe("Runs all mutants, up to their limit, and measures coverage, for the figures in the evidence"),
  timeout: z.number().positive().default(10).describe("CPU seconds that one run of a test file may take"),
  memory: z.int().min(64).default(512).describe("MiB of memory that one run may take, with all processes that it starts"),
});
type Options = z.output<typeof options>;

/**
 * Runs every pytest example in the sandbox, once a hash seed, and keeps the tests that pass each time. Tests that do
 * not are cut out one by one, and what is left is run again: no example is kept that was not run as it stands. Then
 * the target is changed in small ways, and the example is kept where its tests notice: they pass because of what the
 * target does. A target of which nothing can be changed proves no test. Examples of other tasks pass through.
 */
export default defineStage({
  name: "verify",
  summary: "Runs every test in the sandbox, and keeps those that pass on the code and fail on changed copies of it",
  version: 2,
  reads: Example,
  writes: Example,
  parallel: "record",
  needs: ["sandbox"],
  options,

  async *run(examples, options, context) {
    const identityOf = sandboxIdentities(context.sandbox);
    const verified = context.map(examples, async (example) => {
      const { source, evidence } = example;
      if (evidence.type !== "pytest") return example;
      if (source === null) {
        context.drop(example, "no source: there is no code to run the tests on");
        return null;
      }
      return await orFail(example, context, async () =>
        await verifyExample({ example, evidence, source, identity: await identityOf(source) }, options, context));
    });
    for await (const example of verified) if (example !== null) yield example;
  },
});

/** The example with the tests that pass, and what they prove; null where that is not enough. */
async function verifyExample(candidate: Candidate, options: Options, context: InSandbox): Promise<Example | null> {
  const { example, evidence, identity } = candidate;
  const salvaged = await salvage(candidate, { ...options, measuresCoverage: measuresCoverage(options) }, context);
  if ("reason" in salvaged) {
    context.drop(example, salvaged.reason);
    return null;
  }
  const { response, result } = salvaged;
  const proof = await prove(candidate, response, result, options, context);
  if ("reason" in proof) {
    context.drop(example, proof.reason);
    return null;
  }
  return Example.derive(example, {
    response,
    evidence: { ...evidence, ...proof, verdicts: [...result.verdicts], hashSeeds: hashSeeds(options), sandbox: identity.backend },
  });
}
