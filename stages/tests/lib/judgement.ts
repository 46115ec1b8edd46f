import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Verdict } from "../../../pipeline/contract/verdict.js";
import type { TestResult } from "../../../pipeline/contract/test-run.js";
import type { OriginalSays } from "./originals.js";
import { type TestFunction, testFunctions, withoutBroken, withoutTests } from "./test-functions.js";

/**
 * What a run says of the tests: they are good, or none is, or some are left that have to be run again by themselves.
 */
export type Judgement = {
  /** Bad tests, each once; all of them, where none is good. */
  readonly rejected: readonly BadTest[];
} & (
  | { readonly type: "good" }
  | { readonly type: "bad"; readonly reason: Reason }
  | { readonly type: "salvaged"; readonly response: string }
);

/** A test, or a part of a file, that is left out: what it was, how it ended, and why that is not good enough. */
export interface BadTest {
  readonly part: {
    readonly test: string | null;
    readonly code: string;
    readonly verdict: Omit<Verdict, "test"> | null;
  };
  readonly reason: Reason;
}

/** @param originals what the originals of failed tests say of them */
export function judge(
  response: string,
  { verdicts, fileError }: TestResult,
  originals: ReadonlyMap<string, OriginalSays>,
): Judgement {
  if (fileError) return judgeFile(response, fileError, originals);
  const tests = testFunctions(response);
  const failed = verdicts.filter(({ outcome }) => outcome !== "passed");
  const neverRun = tests.filter((test) => !test.isShadowed && !isCollected(test, verdicts));
  const shadowed = tests.filter(({ isShadowed }) => isShadowed);
  const bad = [
    ...failed.map((verdict) => failure(verdict, tests, originals)),
    ...neverRun.map((test) => unproven(test, reason("not-collected", "not collected: pytest does not run it"))),
    ...shadowed.map((test) => unproven(test, reason("shadowed", "shadowed: a later test has its name"))),
  ];
  const [first] = bad;
  if (!verdicts.some(({ outcome }) => outcome === "passed")) {
    const why =
      first === undefined
        ? reason("no-code", "no-code: there is no test")
        : reason("no-good-test", `no good test: ${first.reason.text}`);
    return { type: "bad", reason: why, rejected: bad };
  }
  if (first === undefined) return { type: "good", rejected: [] };

  const unwanted = new Set([...failed.map(({ test }) => test), ...neverRun.map(({ name }) => name)]);
  const left = withoutTests(response, ({ name, isShadowed }) => isShadowed || unwanted.has(name));
  if (left === null)
    return {
      type: "bad",
      reason: reason("test-that-cannot-be-cut-out", `bad test that cannot be cut out: ${first.reason.text}`),
      rejected: bad,
    };
  return { type: "salvaged", response: left, rejected: bad };
}

/** A file that was not run at all. Where one statement is broken, the tests around it may still be good. */
function judgeFile(
  response: string,
  verdict: Omit<Verdict, "test">,
  originals: ReadonlyMap<string, OriginalSays>,
): Judgement {
  const why = [...originals.values()].find(({ isConversion }) => isConversion)?.reason ?? reasonOf(verdict);
  const { code, broken } = verdict.reason === "syntax" ? withoutBroken(response) : { code: "", broken: [] };
  if (broken.length === 0 || testFunctions(code).length === 0) return { type: "bad", reason: why, rejected: [] };
  return {
    type: "salvaged",
    response: code,
    rejected: broken.map((excerpt) => ({ part: { test: null, code: excerpt, verdict }, reason: why })),
  };
}

function isCollected({ name }: TestFunction, verdicts: readonly Verdict[]): boolean {
  const method = name.split("::").at(-1) ?? name;
  const mayBeInherited = name.includes("::");
  return verdicts.some(({ test }) => test === name || (mayBeInherited && test.endsWith(`::${method}`)));
}

function failure(
  { test, ...verdict }: Verdict,
  tests: readonly TestFunction[],
  originals: ReadonlyMap<string, OriginalSays>,
): BadTest {
  const code = tests.findLast(({ name }) => name === test)?.code ?? "";
  return { part: { test, code, verdict }, reason: originals.get(test)?.reason ?? reasonOf(verdict) };
}

/** The reason, with what the answer said that its tests need, where a test fails for a module that is not there. */
export function withRequirements(why: Reason, requires: string | undefined): Reason {
  if (requires === undefined || why.code !== "import" || !why.text.includes("No module named")) return why;
  return reason(why.code, `${why.text}; its tests require ${requires}, which is to be installed where they run`);
}

/**
 * A verdict as a reason, with its own word as the code. Who is wrong where an assertion fails, the test or the code, is
 * for a person to say.
 */
export function reasonOf({ outcome, reason: word, detail }: Omit<Verdict, "test">): Reason {
  const code = word ?? outcome;
  return reason(code, `${code === "wrong-value" ? "suspected bug or wrong value" : code}: ${detail}`);
}

function unproven({ name, code }: TestFunction, why: Reason): BadTest {
  return { part: { test: name, code, verdict: null }, reason: why };
}
