import { groupBy } from "../../../pipeline/system/group-by.js";
import type { Artifact } from "../../../pipeline/contract/records.js";
import type { PytestEvidence } from "../lib/evidence/pytest-evidence.js";
import type { CheckedFile } from "./check.js";
import type { PlannedFile } from "./plan.js";

/** What a written file holds and proves, for reports. */
export function figuresOf({ source, subject }: PlannedFile, { units, failing }: CheckedFile): Artifact["facts"] {
  const passing = units
    .filter(({ tests }) => tests.some((name) => !failing.includes(name)))
    .map(({ unit }) => unit.evidence);
  const byTarget = [...groupBy(passing, ({ target }) => target.id).values()];
  const coverage = byTarget
    .map((own) => best(own, (evidence) => evidence.coverage?.lines)?.coverage?.lines)
    .filter((lines) => lines !== undefined);
  const mutants = byTarget
    .map((own) => best(own, (evidence) => evidence.mutants?.killed)?.mutants)
    .filter((each) => each !== undefined && each !== null);
  return {
    source: source.ref,
    subject,
    functions: byTarget.length,
    tests: new Set(units.flatMap(({ tests }) => tests)).size,
    failing: failing.length,
    ...(coverage.length > 0 && { line_coverage: sum(coverage) / coverage.length }),
    ...(mutants.length > 0 && {
      mutants_killed: sum(mutants.map(({ killed }) => killed)),
      mutants_run: sum(mutants.map(({ run }) => run)),
    }),
  };
}

/** Of a function's answers, the one with the largest figure: at least what it shows, all of them together show. */
function best(
  answers: readonly PytestEvidence[],
  figure: (one: PytestEvidence) => number | undefined,
): PytestEvidence | undefined {
  return answers.filter((one) => figure(one) !== undefined).toSorted((a, b) => (figure(b) ?? 0) - (figure(a) ?? 0))[0];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
