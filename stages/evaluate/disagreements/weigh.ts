import type { Disagreement } from "../lib/records.js";
import type { SettledExpectation } from "../../../pipeline/contract/expectation.js";

/** What a model's expectations of a buggy program come to, once the correct program was asked the same. */
export interface Weighed {
  /** Expectations whose answer by the buggy program is known. */
  readonly expectations: number;
  /** Those of them that are not what the buggy program answers. */
  readonly disagreements: readonly Disagreement[];
  /** Expectations on calls that the two programs are known to answer differently. */
  readonly toldApart: number;
}

/**
 * Holds each expectation's verdict on the buggy program against its verdict on the correct one. Where the answer of the
 * buggy program cannot be told (it differs from run to run, it cannot be written down), there is no entry of a list
 * that a person would read; where that of the correct one cannot be told, a disagreement does not count as pointing at
 * the bug.
 */
export function weigh(onBuggy: readonly SettledExpectation[], onCorrect: readonly SettledExpectation[]): Weighed {
  const correctOf = byQuestion(onCorrect);
  const known = [...byQuestion(onBuggy)].flatMap(([question, expectation]) => {
    const buggy = answerOf(expectation);
    return buggy === null ? [] : [{ expectation, buggy, correct: answerOf(correctOf.get(question) ?? null) }];
  });
  return {
    expectations: known.length,
    disagreements: known.flatMap(({ expectation: { asked, expected }, buggy, correct }) =>
      buggy.isExpected
        ? []
        : [
            {
              asked,
              expected,
              answered: buggy.text,
              correct: correct?.text ?? null,
              isBug: correct?.isExpected ?? false,
            },
          ],
    ),
    toldApart: known.filter(
      ({ buggy, correct }) =>
        correct !== null &&
        (buggy.isExpected !== correct.isExpected || (!buggy.isExpected && buggy.text !== correct.text)),
    ).length,
  };
}

interface Answer {
  /** Whether it is what was expected; it is then written as that is. */
  readonly isExpected: boolean;
  readonly text: string;
}

/** What a program answers to what an expectation asks; null where that cannot be told. */
function answerOf(expectation: SettledExpectation | null): Answer | null {
  if (
    expectation === null ||
    expectation.type === "open" ||
    (expectation.type === "wrong" && expectation.moving.length > 0)
  )
    return null;
  // Where nothing was answered otherwise, an iterator gave what was expected.
  if (expectation.type === "wrong" && expectation.answered !== null)
    return { isExpected: false, text: expectation.answered };
  return { isExpected: true, text: expectation.expected };
}

/**
 * Expectations by the test that holds them, what they are of and what they say; the second of equal ones is another.
 */
function byQuestion(expectations: readonly SettledExpectation[]): ReadonlyMap<string, SettledExpectation> {
  const times = new Map<string, number>();
  return new Map(
    expectations.map((expectation) => {
      const { test, asked, expected } = expectation;
      const question = JSON.stringify([test, asked, expected]);
      const time = (times.get(question) ?? 0) + 1;
      times.set(question, time);
      return [`${question} ${time}`, expectation];
    }),
  );
}
