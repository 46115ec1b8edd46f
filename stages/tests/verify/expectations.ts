import type { Expectation } from "../lib/evidence/schema.js";
import type { Part } from "./smallest/behaviours.js";
import { testFunctions } from "../lib/test-functions.js";

/** What a model expected, where the tests that hold it were split: each goes with the part that asks for it. */
export function inParts(
  expectations: readonly Expectation[],
  parts: ReadonlyMap<string, readonly Part[]>,
): Expectation[] {
  return expectations.map((expectation) => {
    const own = parts.get(expectation.test ?? "") ?? [];
    const part = own.find(({ code }) => holds(code, expectation)) ?? (own.length === 1 ? own[0] : undefined);
    return part === undefined ? expectation : { ...expectation, test: part.name };
  });
}

/** What a model expected, with no test where the test that held it is gone, or the assertion of it. */
export function expectationsOf(expectations: readonly Expectation[], before: string, response: string): Expectation[] {
  const [earlier, tests] = [before, response].map(
    (code) => new Map(testFunctions(code).map((test) => [test.name, test.code])),
  );
  return expectations.map((expectation) => {
    const code = tests?.get(expectation.test ?? "");
    const isGone =
      code === undefined ||
      (holds(earlier?.get(expectation.test ?? "") ?? "", expectation) && !holds(code, expectation));
    return isGone ? { ...expectation, test: null } : expectation;
  });
}

function holds(code: string, { asked }: Expectation): boolean {
  return withoutSpace(code).includes(withoutSpace(asked));
}

function withoutSpace(text: string): string {
  return text.replaceAll(/\s+/gu, "");
}
