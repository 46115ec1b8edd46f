import type { Example } from "../../../pipeline/contract/records.js";
import type { Mutant } from "../../../pipeline/contract/mutation.js";
import { type Candidate, type InSandbox, type MutantLimits, runMutants, runTests } from "../../tests/lib/candidate.js";
import { PytestEvidence } from "../../tests/lib/evidence/pytest-evidence.js";

/**
 * The mutants of a target that any of its known tests fails on, which passes on the target itself; with how many files
 * of tests there were.
 */
export async function killedMutants(
  tests: AsyncIterable<Example>,
  place: Pick<Candidate, "source" | "identity">,
  limits: MutantLimits,
  context: InSandbox,
): Promise<{ readonly killed: readonly Mutant[]; readonly ran: number }> {
  const killed = new Map<string, Mutant>();
  let ran = 0;
  for await (const example of tests) {
    ran += 1;
    for (const mutant of await killedBy(example, place, limits, context))
      killed.set(JSON.stringify([mutant.operator, mutant.diff]), mutant);
  }
  return { killed: [...killed.values()], ran };
}

async function killedBy(
  example: Example,
  place: Pick<Candidate, "source" | "identity">,
  { mutants: limit, ...limits }: MutantLimits,
  context: InSandbox,
): Promise<Mutant[]> {
  const { evidence, response } = example;
  if (!PytestEvidence.is(evidence)) return [];
  const candidate = { example, evidence, ...place };
  const { verdicts } = await runTests(candidate, response, limits, context);
  const passing = verdicts.filter(({ outcome }) => outcome === "passed").map(({ test }) => test);
  if (passing.length === 0) return [];
  const { mutants } = await runMutants(
    candidate,
    response,
    { ...limits, tests: passing, limit, enough: null },
    context,
  );
  return mutants.filter(({ outcome }) => outcome === "killed");
}
