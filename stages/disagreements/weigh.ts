import type { Disagreement } from "../../pipeline/records.js";
import type { SettledExpectation } from "../../pipeline/sandbox.js";

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
 * buggy program cannot be told (it differs from run to run, it cannot be written down), there is no entry of a list that a
 * person would read; where that of the correct one cannot be told, a disagreement does not count as pointing at the bug.
 */
export function weigh(onBuggy: readonly SettledExpectation[], onCorrect: readonly SettledExpectation[]): Weighed {
  const correctOf = byQuestion(onCorrect);
  const pairs = [...byQuestion(onBuggy)].flatMap(([question, buggy]) => (buggy.type === "open" ? [] : [{ buggy, correct: correctOf.get(question) ?? null }]));
  return {
    expectations: pairs.length,
    disagreements: pairs.flatMap(({ buggy, correct }) => (buggy.type === "wrong" ? [disagreementOf(buggy, correct)] : [])),
    toldApart: pairs.filter(({ buggy, correct }) => correct !== null && correct.type !== "open" && answerOf(buggy) !== answerOf(correct)).length,
  };
}

function disagreementOf(buggy: Wrong, correct: SettledExpectation | null): Disagreement {
  const { asked, expected, answered } = buggy;
  return { asked, expected, answered, correct: correct === null || correct.type === "open" ? null : answerOf(correct), isBug: correct?.type === "right" };
}

type Wrong = Extract<SettledExpectation, { type: "wrong" }>;

/** An expectation that is right is itself the answer. */
function answerOf(expectation: Exclude<SettledExpectation, { type: "open" }>): string {
  return expectation.type === "right" ? expectation.expected : expectation.answered;
}

/** Expectations by the test that holds them, what they are of and what they say; the second of equal ones is another. */
function byQuestion(expectations: readonly SettledExpectation[]): ReadonlyMap<string, SettledExpectation> {
  const times = new Map<string, number>();
  return new Map(expectations.map((expectation) => {
    const { test, asked, expected } = expectation;
    const question = JSON.stringify([test, asked, expected]);
    const time = (times.get(question) ?? 0) + 1;
    times.set(question, time);
    return [`${question} ${time}`, expectation];
  }));
}
