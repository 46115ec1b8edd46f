import { z } from "zod";
import { testFile } from "../pipeline/pytest-file.js";
import { Example, type PytestEvidence, type Source } from "../pipeline/records.js";
import type { SandboxIdentity, TestResult } from "../pipeline/sandbox.js";
import { type Context, defineStage, type Services } from "../pipeline/stage.js";
import { InfrastructureFailure, orFail, sandboxIdentities } from "./python/in-sandbox.js";
import { judge } from "./verify/judgement.js";

/**
 * Runs every pytest example in the sandbox, once a hash seed, and keeps the tests that pass each time. Tests that do
 * not are cut out one by one, and what is left is run again: no example is kept that was not run as it stands.
 * Examples of other tasks pass through.
 */
export default defineStage({
  name: "verify",
  summary: "Runs every test in the sandbox and keeps those that pass",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  needs: ["sandbox"],
  options: z.strictObject({
    runs: z.int().min(1).max(10).default(3).describe("Runs of every test, each with another PYTHONHASHSEED; one that does not pass in all of them is flaky"),
    timeout: z.number().positive().default(10).describe("CPU seconds that one run of a test file may take"),
    memory: z.int().min(64).default(512).describe("MiB of memory that one run may take, with all processes that it starts"),
  }),

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

interface Candidate {
  readonly example: Example;
  readonly evidence: PytestEvidence;
  readonly source: Source;
  readonly identity: SandboxIdentity;
}

interface Limits {
  readonly runs: number;
  readonly timeout: number;
  readonly memory: number;
}

/** The example with the tests that pass; null where none does. */
async function verifyExample(candidate: Candidate, limits: Limits, context: Context & Pick<Services, "sandbox">): Promise<Example | null> {
  const { example, evidence, identity } = candidate;
  let { response } = example;
  while (true) {
    const result = await runTests(candidate, response, limits, context);
    const judgement = judge(response, result);
    for (const { part, reason } of judgement.rejected) context.reject(part, example, reason);
    switch (judgement.type) {
      case "good":
        return Example.derive(example, {
          response,
          evidence: { ...evidence, verdicts: [...result.verdicts], hashSeeds: hashSeeds(limits), sandbox: identity.backend },
        });
      case "bad":
        context.drop(example, judgement.reason);
        return null;
      case "salvaged":
        ({ response } = judgement);
    }
  }
}

async function runTests(
  { source: { ref, name, version }, evidence, identity }: Candidate,
  response: string,
  limits: Limits,
  context: Context & Pick<Services, "sandbox">,
): Promise<TestResult> {
  const { module, qualifiedName } = evidence.target;
  const request = {
    source: { ref, name, version }, code: testFile(evidence.preamble, response), target: { module, qualifiedName },
    hashSeeds: hashSeeds(limits), timeout: limits.timeout, memory: limits.memory,
  };
  return await context.remember({ request, identity }, async () => {
    const result = await context.sandbox.runTests(request);
    const lost = [result.fileError, ...result.verdicts].find((verdict) => verdict?.reason === "infra");
    if (lost) throw new InfrastructureFailure(lost.detail);
    return result;
  });
}

function hashSeeds({ runs }: Limits): number[] {
  return Array.from({ length: runs }, (_, seed) => seed);
}
