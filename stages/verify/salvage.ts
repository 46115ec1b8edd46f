import { type Reason, reason } from "../../pipeline/reasons.js";
import type { TestResult } from "../../pipeline/sandbox.js";
import { type Candidate, type InSandbox, type Limits, runTests } from "./candidate.js";
import { mend, type Mended, publicNamesOf } from "./fixes/rules.js";
import { type BadTest, judge } from "./judgement.js";

export interface SalvageOptions extends Limits {
  /** Whether rules may mend tests before they are cut out. */
  readonly fixes: boolean;
  readonly measuresCoverage: boolean;
}

/** Tests that all pass, as they stand, with their verdicts; or why there is none. */
export type Salvaged =
  | { readonly type: "good"; readonly response: string; readonly result: TestResult; readonly repairs: readonly string[] }
  | { readonly type: "bad"; readonly reason: Reason; readonly rejected: readonly BadTest[]; readonly response: string };

/**
 * Runs the tests, mends those that fail for a reason that a rule knows, cuts out those that fail all the same, and
 * runs what is left, until all that is left passes. A test that passes is never touched.
 */
export async function salvage(candidate: Candidate, written: string, options: SalvageOptions, context: InSandbox): Promise<Salvaged> {
  const { example, evidence: { target, preamble }, source } = candidate;
  const mended: Mended[] = [];
  let response = written;
  while (true) {
    const result = await runTests(candidate, response, options, context);
    const repaired = options.fixes
      ? await mend({ response, preamble, target, publicNames: publicNamesOf(source, context) }, result, new Set(mended.map(({ repair }) => repair)))
      : null;
    if (repaired !== null) {
      mended.push(repaired);
      ({ response } = repaired);
      continue;
    }
    const judgement = judge(response, result);
    for (const { part, reason: why } of judgement.rejected) context.reject({ target: target.qualifiedName, ...part }, example, why);
    if (judgement.type === "salvaged") {
      ({ response } = judgement);
      continue;
    }
    const passed = new Set(judgement.type === "bad" ? [] : result.verdicts.map(({ test }) => test));
    for (const { repair, response: text, tests } of mended) {
      if (tests.some((test) => passed.has(test))) continue;
      const rule = repair.replace("rule:", "");
      const why = reason(`repaired-in-vain-rule-${rule}`, `repaired in vain by the rule ${rule}: ${inVain(result)}`);
      context.reject({ target: target.qualifiedName, repair, response: text }, example, why);
    }
    if (judgement.type === "bad") return { type: "bad", reason: judgement.reason, rejected: judgement.rejected, response };
    return { type: "good", response, result, repairs: mended.filter(({ tests }) => tests.some((test) => passed.has(test))).map(({ repair }) => repair) };
  }
}

function inVain({ verdicts, fileError }: TestResult): string {
  const { reason: word, detail } = fileError ?? verdicts.find(({ outcome }) => outcome !== "passed") ?? { reason: null, detail: "" };
  return word === null ? "the tests that it mended are gone" : `${word}: ${detail}`;
}
