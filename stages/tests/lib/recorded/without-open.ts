import type { ExpectationResult, SettledExpectation } from "../../../../pipeline/contract/expectation.js";
import type { Mended } from "../fixes/rules.js";
import { rewritten } from "./rewrite.js";

/** Tests as they were run, mended where they did not run. */
export interface ObservedTests {
  readonly response: string;
  readonly result: ExpectationResult;
  readonly mended: readonly Mended[];
}

/** An expectation that nobody can settle: what the code answers cannot be told, or cannot be written down. */
export type OpenExpectation = Extract<SettledExpectation, { type: "open" }>;

/** Behind an expectation that raises, the next one may raise too. */
const mostRounds = 6;

/**
 * What is observed of the tests once the expectations that nobody can settle are cut out of them, with those that were
 * cut. Only where the test expects something else that holds or can be written down; any other test stays as it is.
 * What follows one that raises is seen when it is gone.
 */
export async function observeWithoutOpen(
  preamble: string,
  response: string,
  observe: (response: string) => Promise<ObservedTests>,
): Promise<ObservedTests & { readonly cut: readonly OpenExpectation[] }> {
  const whole = await observe(response);
  const untouched = new Set<string>();
  let seen = whole;
  let cut: OpenExpectation[] = [];
  for (let round = 0; round < mostRounds; round += 1) {
    const going = openIn(seen.result).filter((each) => each.cut !== null && !untouched.has(each.test));
    if (going.length === 0) break;
    const next = await observe(
      rewritten(
        preamble,
        seen.response,
        going.map((each) => ({ edits: each.cut ?? [], imports: [] })),
      ),
    );
    const emptied = [...cut, ...going].map(({ test }) => test).filter((test) => !expectsSomething(test, next.result));
    for (const test of emptied) untouched.add(test);
    [seen, cut] =
      emptied.length > 0 ? [whole, []] : [{ ...next, mended: [...seen.mended, ...next.mended] }, [...cut, ...going]];
  }
  return { ...seen, cut };
}

/** The expectations of a run that nobody can settle. */
export function openIn({ expectations }: ExpectationResult): OpenExpectation[] {
  return expectations.filter((each) => each.type === "open");
}

function expectsSomething(name: string, { expectations }: ExpectationResult): boolean {
  return expectations.some((each) => each.test === name && (each.type !== "open" || each.cut !== null));
}
