import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { PytestEvidence } from "../lib/evidence/pytest-evidence.js";
import type { MutationResult } from "../../../pipeline/contract/mutation.js";
import type { Coverage, TestResult } from "../../../pipeline/contract/test-run.js";
import { type Candidate, type InSandbox, type Limits, runMutants } from "../lib/candidate.js";

/** What tests that pass have to show beside that. */
export interface Gates extends Pick<Limits, "timeout" | "memory"> {
  /** Mutants that they have to kill; 0: none is run for it. */
  readonly kills: number;
  /** Most mutants that are run. */
  readonly mutants: number;
  /** Part of the target's lines that they have to run; 0: not measured for it. */
  readonly coverage: number;
  /** Whether all mutants are run, and coverage is measured, whatever the gates ask for. */
  readonly measure: boolean;
}

/** The figures that the gates were decided by; or why the tests did not get through. */
export type Proof = Pick<PytestEvidence, "mutants" | "coverage"> | { readonly reason: Reason };

/** Whether a run of tests has to measure coverage for the gates. */
export function measuresCoverage({ coverage, measure }: Pick<Gates, "coverage" | "measure">): boolean {
  return measure || coverage > 0;
}

/** Holds tests that pass against the gates; coverage first, which is known already. */
export async function prove(
  candidate: Candidate,
  response: string,
  { verdicts, coverage }: TestResult,
  gates: Gates,
  context: InSandbox,
): Promise<Proof> {
  const covered = sharesOf(coverage);
  const uncovered = whyUncovered(covered, gates);
  if (uncovered !== null) return { reason: uncovered };
  if (gates.kills === 0 && !gates.measure) return { mutants: null, coverage: covered };

  const { kills, mutants: limit, measure, timeout, memory } = gates;
  const tests = verdicts.filter(({ outcome }) => outcome === "passed").map(({ test }) => test);
  const result = await runMutants(
    candidate,
    response,
    { tests, limit, enough: measure ? null : kills, timeout, memory },
    context,
  );
  const weak = whyWeak(candidate, result, gates);
  return weak === null ? { mutants: counted(result), coverage: covered } : { reason: weak };
}

/** Why tests kill too few mutants; null where they kill enough. */
export function whyWeak(
  { evidence: { target } }: Candidate,
  { mutants, total }: MutationResult,
  { kills }: Pick<Gates, "kills">,
): Reason | null {
  if (kills === 0) return null;
  if (total === 0)
    return reason(
      "no-mutant",
      `no mutant: nothing of ${target.qualifiedName} can be changed, so nothing shows that its tests look at it`,
    );
  const killed = count(mutants, "killed");
  if (killed >= kills) return null;
  const timeouts = count(mutants, "timeout");
  return reason(
    "too-few-mutants-killed",
    `too few mutants killed: ${killed} of ${mutants.length}, at least ${kills} asked for` +
      (timeouts === 0 ? "" : `; ${timeouts} ran out of time, which is no kill`),
  );
}

/** What the evidence says of a run on mutants. */
export function counted({ mutants, total }: MutationResult): NonNullable<PytestEvidence["mutants"]> {
  return { killed: count(mutants, "killed"), run: mutants.length, total };
}

/** Why tests run too little of the target; null where they run enough. */
export function whyUncovered(
  covered: PytestEvidence["coverage"],
  { coverage: floor }: Pick<Gates, "coverage">,
): Reason | null {
  if (floor === 0) return null;
  if (covered === null) return reason("no-coverage", "coverage: it cannot be measured for this target");
  return covered.lines >= floor
    ? null
    : reason(
        "too-little-coverage",
        `coverage: ${percent(covered.lines)} of the target's lines, at least ${percent(floor)} asked for`,
      );
}

function count(mutants: MutationResult["mutants"], wanted: MutationResult["mutants"][number]["outcome"]): number {
  return mutants.filter(({ outcome }) => outcome === wanted).length;
}

/** What the evidence says of coverage. */
export function sharesOf(coverage: Coverage | null): PytestEvidence["coverage"] {
  return coverage === null ? null : { lines: share(coverage.lines), branches: share(coverage.branches) };
}

function share({ covered, total }: Coverage["lines"]): number {
  return total === 0 ? 1 : covered / total;
}

function percent(part: number): string {
  return `${Math.floor(part * 100)} %`;
}
