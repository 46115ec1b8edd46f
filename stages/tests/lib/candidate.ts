import { testFile } from "../../python/lib/pytest-file.js";
import type { Example } from "../../../pipeline/contract/records.js";
import type { PytestEvidence } from "./evidence/pytest-evidence.js";
import type { Source } from "../../../pipeline/contract/kind.js";
import type { SandboxIdentity } from "../../../pipeline/contract/sandbox.js";
import type { MutationResult, MutationRun } from "../../../pipeline/contract/mutation.js";
import type { TestResult, TestRun } from "../../../pipeline/contract/test-run.js";
import type { Context, Needed } from "../../../pipeline/contract/stage.js";
import { mutated, tested } from "./in-sandbox.js";

/** An example on its way through verification, with what runs it. */
export interface Candidate {
  readonly example: Example;
  readonly evidence: PytestEvidence;
  readonly source: Source;
  readonly identity: SandboxIdentity;
}

/** What bounds a run. */
export interface Limits {
  readonly runs: number;
  readonly timeout: number;
  readonly memory: number;
}

/** What bounds runs of tests on a target and on its mutants. */
export interface MutantLimits extends Limits {
  /** Most mutants of a target that are run. */
  readonly mutants: number;
}

/** What a stage that runs tests is given. */
export type InSandbox = Context & Needed<"sandbox">;

/** One run of the response's tests under each hash seed; nothing is run twice. */
export async function runTests(
  candidate: Candidate,
  response: string,
  {
    measuresCoverage = false,
    replacement,
    ...limits
  }: Limits & { readonly measuresCoverage?: boolean } & Pick<TestRun, "replacement">,
  context: InSandbox,
): Promise<TestResult> {
  const { identity } = candidate;
  const request: TestRun = {
    ...requestFor(candidate, response, limits),
    hashSeeds: hashSeeds(limits),
    ...(measuresCoverage && { coverage: true }),
    ...(replacement !== undefined && { replacement }),
  };
  return await tested(request, identity, context);
}

/** The tests on changed copies of the target; nothing is run twice. */
export async function runMutants(
  candidate: Candidate,
  response: string,
  {
    tests,
    limit,
    enough,
    everyTest,
    ...limits
  }: Pick<Limits, "timeout" | "memory"> & Pick<MutationRun, "tests" | "limit" | "enough" | "everyTest">,
  context: InSandbox,
): Promise<MutationResult> {
  const request: MutationRun = {
    ...requestFor(candidate, response, limits),
    tests,
    hashSeed: 0,
    limit,
    enough,
    ...(everyTest !== undefined && { everyTest }),
  };
  return await mutated(request, candidate.identity, context);
}

/** The PYTHONHASHSEED of each run of a test: 0, 1, 2, and so on. */
export function hashSeeds({ runs }: Pick<Limits, "runs">): number[] {
  return Array.from({ length: runs }, (_, seed) => seed);
}

function requestFor(
  { source: { ref, name, version }, evidence }: Candidate,
  response: string,
  { timeout, memory }: Pick<Limits, "timeout" | "memory">,
) {
  const { module, qualifiedName, route } = evidence.target;
  const target = { module, qualifiedName, ...(route !== undefined && { route }) };
  return { source: { ref, name, version }, code: testFile(evidence.preamble, response), target, timeout, memory };
}
