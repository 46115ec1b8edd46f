import type { TestResult } from "../contract/test-run.js";
import type { Verdict, VerdictReason } from "../contract/verdict.js";
import { readLines, ReportLine, type ChildEnd } from "./protocol.js";

type Phase = Extract<ReportLine, { test: string }>;
type FileError = NonNullable<TestResult["fileError"]>;

/** What one child's report says. */
export type TestReport =
  /** Every collected test has finished. */
  | { readonly type: "complete"; readonly verdicts: readonly Verdict[] }
  /** The child ended inside this test; nothing that it reported counts. */
  | { readonly type: "ended in a test"; readonly culprit: Verdict }
  | { readonly type: "file"; readonly error: FileError };

/**
 * Reads the report of one child: nothing counts unless it is whole, with the nonce, and as many tests finished as were
 * collected.
 */
export function readReport(end: ChildEnd, nonce: string): TestReport {
  const lines = readLines(end.report, ReportLine);
  const collected = lines.findLast((line) => "collected" in line)?.collected;
  const finished = lines.filter((line) => "end" in line).length;
  const last = lines.at(-1);
  const isOnce = lines.filter((line) => "done" in line).length === 1; // more are guesses
  const isDone =
    isOnce && last !== undefined && "done" in last && last.done === nonce && end.limit === null && end.status === 0;
  const isWhole =
    isDone && collected !== undefined && last.finished === collected.length && finished === collected.length;
  const isStopped = isDone && !isWhole;

  const broken = lines.find((line) => "collect" in line)?.collect;
  if (broken) return { type: "file", error: { outcome: "error", ...broken } };
  if (isWhole) return wholeReport(lines, collected);
  const started = lines.findLast((line) => "start" in line)?.start;
  const isOpen = started !== undefined && lines.filter((line) => "start" in line).length > finished;
  const how = isStopped ? stopped : ending(end);
  return isOpen ? { type: "ended in a test", culprit: { test: started, ...how } } : { type: "file", error: how };
}

/** One verdict a test from its runs under several hash seeds. A test that passes in some of them is flaky. */
export function mergeRuns(runs: readonly { readonly seed: number; readonly result: TestResult }[]): TestResult {
  const [first] = runs;
  if (!first) return { verdicts: [], fileError: null, coverage: null };
  const failedFile = runs.find(({ result }) => result.fileError !== null);
  if (failedFile && runs.every(({ result }) => result.fileError !== null)) return failedFile.result;
  const names = [...new Set(runs.flatMap(({ result }) => result.verdicts.map(({ test }) => test)))];
  return { verdicts: names.map((name) => mergeTest(name, runs)), fileError: null, coverage: null };
}

function mergeTest(test: string, runs: readonly { readonly seed: number; readonly result: TestResult }[]): Verdict {
  const missing: Verdict = { test, outcome: "error", reason: "no-code", detail: "not collected" };
  const verdicts = runs.map(({ seed, result }) => ({
    seed,
    verdict:
      result.verdicts.find((verdict) => verdict.test === test) ??
      (result.fileError ? { test, ...result.fileError } : missing),
  }));
  const bad = verdicts.find(({ verdict }) => verdict.outcome !== "passed");
  const good = verdicts.find(({ verdict }) => verdict.outcome === "passed");
  if (!bad) return { test, outcome: "passed", reason: null, detail: "" };
  // What this machine did says nothing about the test.
  if (!good || bad.verdict.reason === "infra") return bad.verdict;
  const detail = `passes with hash seed ${good.seed}, not with ${bad.seed}: ${bad.verdict.detail}`;
  return { test, outcome: "failed", reason: "flaky", detail: detail.slice(0, 300) };
}

function wholeReport(lines: readonly ReportLine[], collected: readonly string[]): TestReport {
  if (collected.length === 0) {
    return { type: "file", error: { outcome: "error", reason: "no-code", detail: "no test was collected" } };
  }
  const phases = new Map<string, Phase[]>(collected.map((test) => [test, []]));
  for (const line of lines) if ("test" in line) phases.get(line.test)?.push(line);
  return { type: "complete", verdicts: [...phases].map(([test, each]) => testVerdict(test, each)) };
}

function testVerdict(test: string, phases: readonly Phase[]): Verdict {
  const noticed = phases.filter(({ error }) => error !== null);
  const isRun = phases.some(({ phase, error }) => phase === "call" && error === null);
  // With some of its parameters skipped, a test is what it is with the others.
  const bad = noticed.find(({ error }) => error?.reason !== "skipped") ?? (isRun ? undefined : noticed[0]);
  if (!bad?.error) {
    return isRun
      ? { test, outcome: "passed", reason: null, detail: "" }
      : { test, outcome: "error", reason: "infra", detail: "pytest reported nothing of it" };
  }
  const { reason, detail } = bad.error;
  const outcome = bad.phase === "call" && reason !== "skipped" ? "failed" : "error";
  return { test, outcome, reason, detail: `${bad.parameters} ${detail}`.trim().slice(0, 300) };
}

/** pytest.exit, or an interrupt: pytest itself went to its end. */
const stopped: FileError = { outcome: "error", reason: "raised", detail: "stopped the whole session" };

/** How a child ended that did not report to the end. */
export function ending({ limit, status }: ChildEnd): FileError {
  const limits: Record<NonNullable<ChildEnd["limit"]>, [VerdictReason, string]> = {
    cpu: ["timeout", "used up its CPU time"],
    idle: ["timeout", "waited too long"],
    wall: ["timeout", "took too long on the clock, alone too"],
    memory: ["resource", "used too much memory"],
    processes: ["resource", "started too many processes"],
    disk: ["resource", "wrote too much"],
    report: ["cheat", "wrote into the report"],
  };
  const [reason, detail] = limit === null ? exitReason(status) : limits[limit];
  return { outcome: "error", reason, detail };
}

const SIGKILL = -9;
const SIGXCPU = -24;
const SIGXFSZ = -25;

function exitReason(status: number): [VerdictReason, string] {
  if (status === SIGXCPU) return ["timeout", "used up its CPU time"];
  if (status === SIGXFSZ) return ["resource", "wrote too large a file"];
  if (status === 0) return ["cheat", "ended the process with exit code 0 before its report was whole"];
  if (status === SIGKILL) return ["resource", "the process was killed"];
  return [
    "raised",
    status < 0 ? `the process ended by signal ${-status}` : `the process ended with exit code ${status}`,
  ];
}
