import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import type { OriginalTest } from "./lib/evidence/schema.js";
import type { Verdict } from "../../pipeline/contract/verdict.js";
import { modelRef, promptRef } from "../../pipeline/contract/reference.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { orFail, sandboxIdentities } from "./lib/in-sandbox.js";
import { type Candidate, hashSeeds, type InSandbox } from "./lib/candidate.js";
import { measuresCoverage, prove } from "./verify/gates.js";
import { expectationsOf, inParts } from "./verify/expectations.js";
import { type Mender, menderOf, mostAttempts, repairByModel } from "./verify/model-repair.js";
import { salvage, type Salvaged } from "./verify/salvage.js";
import { type Proven, proveSmallest } from "./verify/smallest.js";
import { oneBehaviourATest } from "./verify/smallest/behaviours.js";
import { namedByWhatTheyCheck } from "./verify/smallest/names.js";
import { PytestEvidence } from "./lib/evidence/pytest-evidence.js";
import { TestPrompt } from "../python/lib/test-prompt.js";
import { runLimits } from "./lib/run-limits.js";

const options = z.strictObject({
  runs: z
    .int()
    .min(1)
    .max(10)
    .default(3)
    .describe("Runs of every test, each with another PYTHONHASHSEED; one that does not pass in all of them is flaky"),
  kills: z
    .int()
    .min(0)
    .default(1)
    .describe("Mutants of the target that the passing tests of an example have to kill together; 0: none is run"),
  mutants: z
    .int()
    .min(1)
    .default(20)
    .describe("Most mutants that an example is run on; it ends at the last kill that is asked for"),
  coverage: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe("Part of the target's lines that the passing tests have to run; 0: it is not measured"),
  repair: z
    .strictObject({
      rules: z
        .boolean()
        .default(true)
        .describe(
          "Mends a failed test by rule: a missing import, a wrong module, a missing self, an iterator that is " +
            "compared unread, an unterminated end",
        ),
      model: modelRef().optional(),
      prompt: promptRef(TestPrompt).optional(),
      attempts: z.int().min(1).max(mostAttempts).default(1).describe("Most answers of the model for one example"),
    })
    .prefault({})
    .refine(
      ({ model, prompt }) => (model === undefined) === (prompt === undefined),
      "model and prompt go together: a model that repairs, and a prompt file that says how it is asked",
    )
    .describe(
      "Mends tests before they are given up: by rule, and, for an example of which no test is good, by a model. " +
        "Never what a test asserts",
    ),
  smallest: z
    .boolean()
    .default(false)
    .describe(
      "Keeps of the passing tests of an example the smallest set that kills what all of them kill, one behaviour a " +
        "test; all mutants are run, up to their limit",
    ),
  measure: z
    .boolean()
    .default(false)
    .describe("Runs all mutants, up to their limit, and measures coverage, for the figures in the evidence"),
  ...runLimits,
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
  version: 3,
  reads: Example,
  writes: Example,
  parallel: "record",
  needs: ["sandbox", "model"],
  options,

  async *run(examples, options, context) {
    const identityOf = sandboxIdentities(context.sandbox);
    const { model, prompt, attempts } = options.repair;
    const mender =
      model === undefined || prompt === undefined ? null : await menderOf({ model, prompt, attempts }, context);
    const verified = context.map(examples, async (example) => {
      const { source, evidence } = example;
      if (!PytestEvidence.is(evidence)) return example;
      if (source === null) {
        context.drop(example, reason("no-source", "no source: there is no code to run the tests on"));
        return null;
      }
      return await orFail(
        example,
        context,
        async () =>
          await verifyExample(
            { example, evidence, source, identity: await identityOf(source) },
            { ...options, mender },
            context,
          ),
      );
    });
    for await (const example of verified) if (example !== null) yield example;
  },
});

/** The example with the tests that pass, and what they prove; null where that is not enough. */
async function verifyExample(
  given: Candidate,
  options: Options & { readonly mender: Mender | null },
  context: InSandbox,
): Promise<Example | null> {
  const { candidate, written } = options.smallest
    ? await split(given, context)
    : { candidate: given, written: given.example.response };
  const { example, evidence, identity } = candidate;
  const salvaged = await salvageOrRepair(candidate, written, options, context);
  if (salvaged.type === "bad") {
    context.drop(example, salvaged.reason);
    return null;
  }
  const proven = await proveAll(candidate, salvaged, options, context);
  if ("reason" in proven) {
    context.drop(example, proven.reason);
    return null;
  }
  const {
    response,
    result: { verdicts },
    proof,
  } = proven;
  const { repairs } = salvaged;
  const isRewritten = repairs.some((repair) => repair.startsWith("model:"));
  return Example.derive(example, {
    response,
    labels: {
      ...example.labels,
      ...(repairs.length > 0 && { repair: repairs.join(", ") }),
      ...(isRewritten && options.mender !== null && options.mender.author),
    },
    evidence: {
      ...evidence,
      ...proof,
      ...(evidence.originals !== undefined && { originals: originalsOf(evidence.originals, verdicts) }),
      ...(evidence.expectations !== undefined && {
        expectations: expectationsOf(evidence.expectations, salvaged.response, response),
      }),
      verdicts: [...verdicts],
      hashSeeds: hashSeeds(options),
      sandbox: identity.backend,
    },
  });
}

/**
 * Tests that check several things, as one test for each of them, with names that say what; what people wrote is left as
 * it is.
 */
async function split(
  candidate: Candidate,
  context: InSandbox,
): Promise<{ readonly candidate: Candidate; readonly written: string }> {
  const { example, evidence } = candidate;
  if (evidence.originals !== undefined) return { candidate, written: example.response };
  const { response, parts } = await namedByWhatTheyCheck(
    oneBehaviourATest(example.response),
    evidence,
    candidate.source,
    context,
  );
  const { expectations } = evidence;
  return {
    candidate:
      expectations === undefined
        ? candidate
        : { ...candidate, evidence: { ...evidence, expectations: inParts(expectations, parts) } },
    written: response,
  };
}

async function proveAll(
  candidate: Candidate,
  { response, result }: Extract<Salvaged, { type: "good" }>,
  options: Options,
  context: InSandbox,
): Promise<Proven> {
  if (options.smallest) return await proveSmallest(candidate, response, result, options, context);
  const proof = await prove(candidate, response, result, options, context);
  return "reason" in proof ? proof : { response, result, proof };
}

/** Those of the tests that are left. */
function originalsOf(originals: readonly OriginalTest[], verdicts: readonly Verdict[]): OriginalTest[] {
  return originals
    .filter(({ test }) => verdicts.some((verdict) => verdict.test === test))
    .map(({ exact: _exact, ...original }) => original);
}

async function salvageOrRepair(
  candidate: Candidate,
  written: string,
  options: Options & { readonly mender: Mender | null },
  context: InSandbox,
): Promise<Salvaged> {
  const run = async (response: string) =>
    await salvage(
      candidate,
      response,
      { ...options, fixes: options.repair.rules, measuresCoverage: measuresCoverage(options) },
      context,
    );
  const salvaged = await run(written);
  // What people wrote is not for a model to rewrite.
  if (salvaged.type === "good" || options.mender === null || candidate.evidence.originals !== undefined)
    return salvaged;
  return await repairByModel(candidate, salvaged, options.mender, run, context);
}
