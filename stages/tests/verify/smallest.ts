import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { PytestEvidence } from "../lib/evidence/pytest-evidence.js";
import type { MutationResult } from "../../../pipeline/contract/mutation.js";
import type { TestResult } from "../../../pipeline/contract/test-run.js";
import { type Candidate, type InSandbox, type Limits, runMutants, runTests } from "../lib/candidate.js";
import { counted, type Gates, measuresCoverage, prove, sharesOf, whyUncovered, whyWeak } from "./gates.js";
import { withEachAssertion } from "./smallest/behaviours.js";
import { smallestCover } from "./smallest/cover.js";
import { checksOf, type Check, withOnly } from "./smallest/checks.js";
import { testFunctions } from "../lib/test-functions.js";

/** Tests that pass as they stand, and what they prove; or why that is not enough. */
export type Proven =
  | {
      readonly response: string;
      readonly result: TestResult;
      readonly proof: Pick<PytestEvidence, "mutants" | "coverage">;
    }
  | { readonly reason: Reason };

/**
 * Of tests that pass, the smallest set that kills what all of them kill, run again as it stands. Where what is left
 * does not pass, or does not kill the same, all of them are kept. Of a test that a person wrote no part is left out.
 */
export async function proveSmallest(
  candidate: Candidate,
  response: string,
  result: TestResult,
  options: Limits & Gates,
  context: InSandbox,
): Promise<Proven> {
  const measured =
    candidate.evidence.originals === undefined
      ? withEachAssertion(response)
      : { response, parts: new Map<string, never>() };
  const names = [
    ...result.verdicts.map(({ test }) => test),
    ...[...measured.parts.values()].flat().map(({ name }) => name),
  ];
  if (names.length === 1) {
    const proof = await prove(candidate, response, result, options, context);
    return "reason" in proof ? proof : { response, result, proof };
  }
  const coverage = sharesOf(result.coverage);
  const uncovered = whyUncovered(coverage, options);
  if (uncovered !== null) return { reason: uncovered };
  const mutation = await allMutants(candidate, measured.response, names, options, context);
  const weak = whyWeak(candidate, mutation, options);
  if (weak !== null) return { reason: weak };

  const smaller = await smallerSet(
    { candidate, response, checks: checksOf(response, candidate.evidence, measured.parts, mutation), mutation },
    options,
    context,
  );
  if (smaller !== null) return smaller;
  const own =
    measured.parts.size === 0
      ? mutation
      : await allMutants(candidate, response, names.slice(0, result.verdicts.length), options, context);
  return { response, result, proof: { mutants: counted(own), coverage } };
}

interface Measured {
  readonly candidate: Candidate;
  readonly response: string;
  readonly checks: readonly Check[];
  readonly mutation: MutationResult;
}

/**
 * The tests without those that are redundant, run as they stand; null where none is, or where they do not do without
 * them.
 */
async function smallerSet(
  { candidate, response, checks, mutation }: Measured,
  options: Limits & Gates,
  context: InSandbox,
): Promise<Exclude<Proven, { reason: Reason }> | null> {
  const cover = smallestCover(checks);
  // Where no change is noticed, one test is left all the same: the most readable.
  const kept = new Set(cover.length === 0 ? checks.slice(0, 1) : cover);
  const redundant = checks.filter((check) => !kept.has(check));
  const left = redundant.length === 0 ? null : withOnly(response, kept, redundant);
  if (left === null) return null;

  const result = await runTests(candidate, left, { ...options, measuresCoverage: measuresCoverage(options) }, context);
  const names = result.verdicts.map(({ test }) => test);
  const isGood =
    result.fileError === null &&
    names.length === testFunctions(left).length &&
    result.verdicts.every(({ outcome }) => outcome === "passed");
  const again = isGood ? await allMutants(candidate, left, names, options, context) : null;
  if (again === null || !killsTheSame(again, mutation)) return null;
  for (const { test, code, kills } of redundant) {
    context.reject(
      { target: candidate.evidence.target.qualifiedName, test, code },
      candidate.example,
      whyRedundant(kills.size > 0),
    );
  }
  return { response: left, result, proof: { mutants: counted(again), coverage: sharesOf(result.coverage) } };
}

async function allMutants(
  candidate: Candidate,
  response: string,
  tests: readonly string[],
  { mutants: limit, timeout, memory }: Pick<Gates, "mutants" | "timeout" | "memory">,
  context: InSandbox,
): Promise<MutationResult> {
  return await runMutants(
    candidate,
    response,
    { tests, limit, enough: null, everyTest: true, timeout, memory },
    context,
  );
}

/** Mutants of a target come in one order, whatever tests they are run on. */
function killsTheSame(again: MutationResult, before: MutationResult): boolean {
  return before.mutants.every(
    ({ outcome }, number) => outcome !== "killed" || again.mutants[number]?.outcome === "killed",
  );
}

/** The code of tests that passed, and are left out all the same: they are no failures. */
function whyRedundant(notices: boolean): Reason {
  return reason(
    "redundant",
    notices
      ? "redundant: the tests that are kept notice every change that it notices"
      : "redundant: it notices no change of the code",
  );
}
