import type { TestResult } from "../../pipeline/sandbox.js";
import { type Candidate, type InSandbox, type Limits, runTests } from "./candidate.js";
import { judge } from "./judgement.js";

/** Tests that all pass, as they stand, with their verdicts; or why there is none. */
export type Salvaged = { readonly response: string; readonly result: TestResult } | { readonly reason: string };

/** Runs the tests, cuts out those that fail, and runs what is left, until all that is left passes. */
export async function salvage(candidate: Candidate, limits: Limits & { readonly measuresCoverage: boolean }, context: InSandbox): Promise<Salvaged> {
  const { example, evidence: { target } } = candidate;
  let { response } = example;
  while (true) {
    const result = await runTests(candidate, response, limits, context);
    const judgement = judge(response, result);
    for (const { part, reason } of judgement.rejected) context.reject({ target: target.qualifiedName, ...part }, example, reason);
    switch (judgement.type) {
      case "good":
        return { response, result };
      case "bad":
        return { reason: judgement.reason };
      case "salvaged":
        ({ response } = judgement);
    }
  }
}
