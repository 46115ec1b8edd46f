import type { PytestEvidence } from "../../lib/evidence/pytest-evidence.js";
import type { MutationResult } from "../../../../pipeline/contract/mutation.js";
import { testFunctions, withoutTests } from "../../lib/test-functions.js";
import { type Part, replaced, withAssertions } from "./behaviours.js";
import type { Noticing } from "./cover.js";
import { compareReadability, readabilityOf } from "./readability.js";

/** What is kept or left out as one: a test, or one of the assertions of a test. */
export interface Check extends Noticing {
  readonly test: string;
  /** Its place among the assertions of its test; null: the whole test. */
  readonly assertion: number | null;
  /** Of the test, or of the test with this assertion alone. */
  readonly code: string;
}

/**
 * The checks of tests that pass, those first that are rather kept.
 *
 * @param parts tests of which each assertion was run alone; a test is one check where one of them does not pass alone
 */
export function checksOf(
  response: string,
  { expectations = [] }: Pick<PytestEvidence, "expectations">,
  parts: ReadonlyMap<string, readonly Part[]>,
  { mutants, passed = [] }: MutationResult,
): Check[] {
  const kills = (name: string) =>
    new Set(mutants.flatMap(({ killers = [] }, number) => (killers.includes(name) ? [number] : [])));
  const checks = testFunctions(response).flatMap(({ name: test, code }): Check[] => {
    const own = parts.get(test) ?? [];
    const isApart = own.length > 0 && own.every(({ name }) => passed.includes(name));
    return isApart
      ? own.map((part, assertion) => ({ name: part.name, test, assertion, code: part.code, kills: kills(part.name) }))
      : [{ name: test, test, assertion: null, code, kills: kills(test) }];
  });
  const isRecorded = ({ test, code }: Check) =>
    expectations.some((each) => each.test === test && each.recorded !== null && code.includes(each.asked));
  const readability = new Map(checks.map((check) => [check, readabilityOf(check.code, isRecorded(check))]));
  return checks.toSorted((a, b) => compareReadability(readability.get(a) ?? [], readability.get(b) ?? []));
}

/** The tests with some of the checks alone; null where the others cannot be cut out. */
export function withOnly(response: string, kept: ReadonlySet<Check>, others: readonly Check[]): string | null {
  const tests = new Set([...kept].map(({ test }) => test));
  const shortened = new Map(
    others
      .filter(({ test, assertion }) => assertion !== null && tests.has(test))
      .map(({ test }) => {
        const code = testFunctions(response).find(({ name }) => name === test)?.code ?? "";
        const wanted = [...kept].flatMap((check) =>
          check.test === test && check.assertion !== null ? [check.assertion] : [],
        );
        return [test, withAssertions(code, wanted)] as const;
      }),
  );
  const shorter = replaced(response, shortened);
  return others.every(({ test }) => tests.has(test)) ? shorter : withoutTests(shorter, ({ name }) => !tests.has(name));
}
