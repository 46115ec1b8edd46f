import type { Verdict } from "../../../pipeline/contract/verdict.js";
import type { Mutant } from "../../../pipeline/contract/mutation.js";
import type { Coverage, TestResult } from "../../../pipeline/contract/test-run.js";

/** One test file of a suite, and what came of it. */
export interface FileRun {
  /** Names of the tests that its text writes down. */
  readonly written: readonly string[];
  /** On the target as it is, once a hash seed. */
  readonly result: TestResult;
  /** What the tests that pass make of mutants of the target; null where none passes. */
  readonly mutants: readonly Mutant[] | null;
  /** The tests that pass, run on the buggy program of a pair; null where there is none, or no test passes. */
  readonly onBuggy: TestResult | null;
}

/** What is true of a target whoever tests it: which metrics there are, and out of how many. */
export interface Ground {
  /** The mutants that every suite is run on; null where no suite has a test that passes, so that nobody made them. */
  readonly mutants: readonly Mutant[] | null;
  /**
   * Whether lines of it are counted, and ways out of conditions; taken for granted where no suite has a test that
   * passes.
   */
  readonly hasLines: boolean;
  readonly hasBranches: boolean;
  readonly isPair: boolean;
}

/**
 * Figures of one suite on one target, by the names of the metrics and counts; null where one does not apply to the
 * target.
 */
export type Metrics = Record<string, number | null>;

/**
 * The metrics of one suite on one target: numbers from 0 to 1, and counts; null where a metric does not apply to the
 * target. A suite without a file has 0 wherever there is something to reach: failures stay in the denominator.
 */
export function measure(files: readonly FileRun[], ground: Ground, tokens: number | null): Metrics {
  const valid = files.filter((file) => !isVoid(file));
  const verdicts = valid.flatMap(({ result }) => result.verdicts);
  const passed = verdicts.filter(({ outcome }) => outcome === "passed").length;
  const written = files.reduce((sum, file) => sum + testCount(file), 0);
  const isWhole = files.length > 0 && valid.length === files.length;
  const isCollected = isWhole && verdicts.length > 0 && valid.every(({ result }) => result.fileError === null);
  const { killed, timeouts } = judgeMutants(files);
  return {
    syntax: yes(isWhole && written > 0 && valid.every(({ result }) => result.fileError?.reason !== "syntax")),
    collected: yes(isCollected),
    grounded: yes(verdicts.some(callsTarget)),
    testPassRate: written === 0 ? 0 : passed / written,
    suitePassAt1: yes(isCollected && passed === written),
    salvaged: noMutants(ground) ? null : yes(killed.size > 0),
    stable: yes(isCollected && verdicts.every(({ reason }) => reason !== "flaky")),
    lineCoverage: ground.hasLines ? lineCoverage(files) : null,
    branchCoverage: ground.hasBranches ? branchCoverage(files) : null,
    mutationScore: noMutants(ground) ? null : killed.size / (ground.mutants?.length ?? 1),
    bugDetection: ground.isPair ? yes(valid.some(findsBug)) : null,
    tokens,
    tests: written,
    passed,
    mutants: ground.mutants?.length ?? null,
    killed: ground.mutants === null ? null : killed.size,
    timeouts: ground.mutants === null ? null : timeouts.size,
    ...byOperator(ground, killed),
  };
}

/** Tests of a file, whether or not pytest ran them. */
export function testCount({ written, result }: FileRun): number {
  return new Set([...written, ...result.verdicts.map(({ test }) => test)]).size;
}

/** A file that tampers with what judges it, or puts something else in the target's place, counts as nothing written. */
export function isVoid({ result: { fileError, verdicts } }: FileRun): boolean {
  return fileError?.reason === "cheat" || (verdicts.length > 0 && verdicts.every(tampers));
}

/** Prefixes of what the sandbox says of tests that prove nothing, and do no harm. */
const vacuous = ["has no assertion", "asserts nothing but constants", "catches the failure of its own assertion"];

function tampers({ reason, detail }: Verdict): boolean {
  return reason === "cheat" && ![...vacuous, "never calls"].some((words) => detail.startsWith(words));
}

function callsTarget({ reason, detail }: Verdict): boolean {
  return reason !== "cheat" || vacuous.some((words) => detail.startsWith(words));
}

function noMutants({ mutants }: Ground): boolean {
  return mutants?.length === 0;
}

/** The mutants that any of the files kills, and those that only end in a timeout, which is no kill. */
function judgeMutants(files: readonly FileRun[]): {
  readonly killed: ReadonlySet<string>;
  readonly timeouts: ReadonlySet<string>;
} {
  const withOutcome = (wanted: Mutant["outcome"]) =>
    new Set(files.flatMap(({ mutants }) => (mutants ?? []).filter(({ outcome }) => outcome === wanted).map(mutantKey)));
  const killed = withOutcome("killed");
  return { killed, timeouts: new Set([...withOutcome("timeout")].filter((mutant) => !killed.has(mutant))) };
}

function mutantKey({ operator, line, diff }: Mutant): string {
  return JSON.stringify([operator, line, diff]);
}

function byOperator({ mutants }: Ground, killed: ReadonlySet<string>): Metrics {
  const counts: Metrics = {};
  for (const mutant of mutants ?? []) {
    const [run, kills] = [`mutants.${mutant.operator}`, `killed.${mutant.operator}`];
    counts[run] = (counts[run] ?? 0) + 1;
    counts[kills] = (counts[kills] ?? 0) + yes(killed.has(mutantKey(mutant)));
  }
  return counts;
}

/** Lines that any of the files runs. */
function lineCoverage(files: readonly FileRun[]): number {
  const [first, ...others] = coverages(files);
  if (first === undefined) return 0;
  const missing = others.reduce(
    (left, coverage) => left.filter((line) => coverage.missing.includes(line)),
    [...first.missing],
  );
  return (first.lines.total - missing.length) / first.lines.total;
}

/** Ways out of conditions that any of the files takes. */
function branchCoverage(files: readonly FileRun[]): number {
  const [first, ...others] = coverages(files);
  if (first === undefined || first.branches.total === 0) return 0;
  const isMissing = (way: readonly number[], { missingBranches }: Coverage) =>
    missingBranches.some((other) => other[0] === way[0] && other[1] === way[1]);
  const missing = first.missingBranches.filter((way) => others.every((coverage) => isMissing(way, coverage)));
  return (first.branches.total - missing.length) / first.branches.total;
}

function coverages(files: readonly FileRun[]): Coverage[] {
  return files.flatMap(({ result: { coverage } }) => (coverage === null ? [] : [coverage]));
}

/**
 * A test that passes on the correct program, each time, and does not on the buggy one. Going on for ever is a failure
 * that a person would notice.
 */
function findsBug({ result, onBuggy }: FileRun): boolean {
  if (onBuggy === null) return false;
  const passes = new Set(onBuggy.verdicts.filter(({ outcome }) => outcome === "passed").map(({ test }) => test));
  return result.verdicts.some(({ test, outcome }) => outcome === "passed" && !passes.has(test));
}

function yes(condition: boolean): 0 | 1 {
  return condition ? 1 : 0;
}
