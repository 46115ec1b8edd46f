import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { TestResult } from "../../../pipeline/contract/test-run.js";
import { type Candidate, type InSandbox, type Limits, runTests } from "../lib/candidate.js";
import { mend, type Mended, publicNamesOf } from "../lib/fixes/rules.js";
import { type BadTest, judge, withRequirements } from "../lib/judgement.js";
import { askOriginals, type OriginalSays } from "../lib/originals.js";
import { testFunctions } from "../lib/test-functions.js";

/** What bounds the runs of tests that are salvaged, and what may be done to the tests. */
export interface SalvageOptions extends Limits {
  /** Whether rules may mend tests before they are cut out. */
  readonly fixes: boolean;
  readonly measuresCoverage: boolean;
}

/** Tests that all pass, as they stand, with their verdicts; or why there is none. */
export type Salvaged =
  | {
      readonly type: "good";
      readonly response: string;
      readonly result: TestResult;
      readonly repairs: readonly string[];
    }
  | { readonly type: "bad"; readonly reason: Reason; readonly rejected: readonly BadTest[]; readonly response: string };

/**
 * Runs the tests, mends those that fail for a reason that a rule knows, cuts out those that fail all the same, and
 * runs what is left, until all that is left passes. A test that passes is never touched; one that was rewritten from
 * what a person wrote does not accuse the code before that has failed too.
 */
export async function salvage(
  candidate: Candidate,
  written: string,
  options: SalvageOptions,
  context: InSandbox,
): Promise<Salvaged> {
  const {
    example,
    evidence: { target, preamble },
    source,
  } = candidate;
  const mended: Mended[] = [];
  const requires = typeof example.labels["requires"] === "string" ? example.labels["requires"] : undefined;
  let response = written;
  while (true) {
    const result = await runTests(candidate, response, options, context);
    const repaired = options.fixes
      ? await mend(
          { response, preamble, target, publicNames: publicNamesOf(source, context) },
          result,
          new Set(mended.map(({ repair }) => repair)),
        )
      : null;
    if (repaired !== null) {
      mended.push(repaired);
      ({ response } = repaired);
      continue;
    }
    const originals = await askOriginals(candidate, result, options, context);
    const exact = exactly(candidate, response, originals, mended);
    if (exact !== null) {
      mended.push(exact);
      ({ response } = exact);
      continue;
    }
    const judgement = judge(response, result, originals);
    for (const { part, reason: why } of judgement.rejected)
      context.reject({ target: target.qualifiedName, ...part }, example, withRequirements(why, requires));
    if (judgement.type === "salvaged") {
      ({ response } = judgement);
      continue;
    }
    const passed = new Set(judgement.type === "bad" ? [] : result.verdicts.map(({ test }) => test));
    const helped = mended.filter(({ tests }) => tests.some((test) => passed.has(test)));
    for (const each of mended) if (!helped.includes(each)) rejectInVain(each, result, candidate, context);
    if (judgement.type === "bad")
      return {
        type: "bad",
        reason: withRequirements(judgement.reason, requires),
        rejected: judgement.rejected,
        response,
      };
    return { type: "good", response, result, repairs: helped.map(({ repair }) => repair) };
  }
}

/**
 * Doctests that hold as they were written, rewritten so that what they show is compared, where comparing values did not
 * mean the same.
 */
function exactly(
  { evidence }: Candidate,
  response: string,
  originals: ReadonlyMap<string, OriginalSays>,
  mended: readonly Mended[],
): Mended | null {
  const known = testFunctions(response);
  const tried = new Set(mended.filter(({ repair }) => repair === exactRepair).flatMap(({ tests }) => tests));
  const tests = (evidence.originals ?? []).flatMap(({ test, exact }) => {
    const code = known.findLast(({ name }) => name === test)?.code;
    const isWanted = originals.get(test)?.isConversion === true && !tried.has(test);
    return isWanted && exact !== undefined && code !== undefined && response.includes(code)
      ? [{ test, code, exact }]
      : [];
  });
  if (tests.length === 0) return null;
  const rewritten = tests.reduce((text, { code, exact }) => text.replace(code, () => exact), response);
  return { response: rewritten, repair: exactRepair, tests: tests.map(({ test }) => test) };
}

const exactRepair = "rule:exact";

/** Tells of a repair after which none of the tests that it mended passes. */
function rejectInVain(
  { repair, response }: Mended,
  result: TestResult,
  { example, evidence: { target } }: Candidate,
  context: Pick<InSandbox, "reject">,
): void {
  const rule = repair.replace("rule:", "");
  const why = reason(`repaired-in-vain-rule-${rule}`, `repaired in vain by the rule ${rule}: ${inVain(result)}`);
  context.reject({ target: target.qualifiedName, repair, response }, example, why);
}

function inVain({ verdicts, fileError }: TestResult): string {
  const { reason: word, detail } = fileError ??
    verdicts.find(({ outcome }) => outcome !== "passed") ?? { reason: null, detail: "" };
  return word === null ? "the tests that it mended are gone" : `${word}: ${detail}`;
}
