import type { TestResult } from "../../../pipeline/contract/test-run.js";
import { type Candidate, type InSandbox, type MutantLimits, runMutants, runTests } from "../../tests/lib/candidate.js";
import { testFunctions } from "../../tests/lib/test-functions.js";
import type { FileRun } from "./metrics.js";

/**
 * Runs one test file: on the target once a hash seed, then its passing tests on mutants and on the buggy program.
 * @param buggy text of the buggy program of a pair; null where there is none
 */
export async function runFile(
  candidate: Candidate,
  buggy: string | null,
  { mutants: limit, ...limits }: MutantLimits,
  context: InSandbox,
): Promise<FileRun> {
  const { response } = candidate.example;
  const written = testFunctions(response).map(({ name }) => name);
  const unrun = { written, mutants: null, onBuggy: null };
  if (response.trim() === "") return { ...unrun, result: nothing };
  const result = await runTests(candidate, response, { ...limits, measuresCoverage: true }, context);
  const tests = result.verdicts.filter(({ outcome }) => outcome === "passed").map(({ test }) => test);
  if (tests.length === 0) return { ...unrun, result };
  // All mutants up to the limit: a score has to know of each.
  const { mutants } = await runMutants(candidate, response, { ...limits, tests, limit, enough: null }, context);
  const onBuggy =
    buggy === null ? null : await runTests(candidate, response, { ...limits, runs: 1, replacement: buggy }, context);
  return { written, result, mutants, onBuggy };
}

const nothing: TestResult = {
  verdicts: [],
  fileError: { outcome: "error", reason: "no-code", detail: "there is no test" },
  coverage: null,
};
