import { randomUUID } from "node:crypto";
import { PipelineError } from "../system/errors.js";
import type { ExpectationRun, ExpectationResult } from "../contract/expectation.js";
import type { TestResult } from "../contract/test-run.js";
import { clientModules } from "./client-modules.js";
import { runJob } from "./job.js";
import { type SeenElsewhere, settle } from "./observed.js";
import type { RunnerPool } from "./pool.js";
import type { PreparedSource, Surroundings } from "./prepared.js";
import { Check, type Observed, readLines, ReportLine } from "./protocol.js";
import { readReport } from "./verdicts.js";

/** Tests that may end a file's process before the rest of the file is given up. */
const mostCulprits = 3;

/** How the runs differ after the first: the order of the tests, each twice; then clock, time zone and folder. */
const others: readonly Surroundings[] = [
  { hashSeed: 1, isTwice: true },
  { hashSeed: 2, isMoved: true },
];

/**
 * Runs tests with the code's own answers in view. Where all expectations of the first run hold, that is all; else the
 * others say which of the answers are facts about the code.
 */
export async function observe(
  request: ExpectationRun,
  source: PreparedSource,
  pool: RunnerPool,
): Promise<ExpectationResult> {
  const check = await pool.use(source.config({ hashSeed: 0 }), (runner) =>
    runner.ask({ job: "check", code: request.code, target: request.target, source: source.topLevel }, Check),
  );
  const nothing = (reason: "syntax" | "cheat", detail: string): ExpectationResult => ({
    verdicts: [],
    fileError: { outcome: "error", reason, detail },
    expectations: [],
  });
  if (check.syntax !== null) return nothing("syntax", check.syntax);
  if (check.file !== null) return nothing("cheat", check.file);

  const file = { request, check, source, pool };
  const first = await observeIn({ hashSeed: 0 }, file);
  if (!first.observed.some(({ outcome }) => outcome === "wrong"))
    return { ...first.result, expectations: settle([first.observed], null) };
  const runs = await Promise.all(others.map(async (surroundings) => (await observeIn(surroundings, file)).observed));
  return { ...first.result, expectations: settle([first.observed, ...runs], await seenByOtherPython(file)) };
}

/** Sources of which the other interpreter cannot load what it needs. */
const closedToOthers = new WeakSet<PreparedSource>();

/**
 * One run by another interpreter, with packages that were installed for this one; null where there is none that can.
 */
async function seenByOtherPython(file: ObservedFile): Promise<SeenElsewhere | null> {
  const { source } = file;
  if (source.other === null || closedToOthers.has(source)) return null;
  try {
    return {
      python: source.other.version,
      observed: (await observeIn({ hashSeed: 0, isOtherPython: true }, file)).observed,
    };
  } catch (error) {
    if (error instanceof PipelineError && error.code === "interrupted") throw error;
    closedToOthers.add(source);
    return null;
  }
}

interface ObservedFile {
  readonly request: ExpectationRun;
  readonly check: Check;
  readonly source: PreparedSource;
  readonly pool: RunnerPool;
}

interface ObservedRun {
  readonly result: Pick<TestResult, "verdicts" | "fileError">;
  readonly observed: readonly Observed[];
}

/** One run; a test that takes its process down says nothing, and the others run again without it. */
async function observeIn(
  surroundings: Surroundings,
  { request, check, source, pool }: ObservedFile,
): Promise<ObservedRun> {
  const { code, target, replacement: text } = request;
  const replacement = text === undefined ? null : { module: target.module, text };
  const cheats = Object.entries(check.tests)
    .filter(([, why]) => why !== null)
    .map(([test]) => test);
  const culprits: TestResult["verdicts"][number][] = [];
  while (true) {
    const nonce = randomUUID();
    const job = {
      job: "observe",
      code,
      target,
      replacement,
      skip: [...cheats, ...culprits.map(({ test }) => test)],
      isTwice: surroundings.isTwice ?? false,
      nonce,
    };
    const end = await runJob(job, request, {
      surroundings,
      modules: [...check.imports, target.module],
      startsAnew: target.route !== undefined,
      extras: clientModules(target.route),
      source,
      pool,
    });
    const report = readReport(end, nonce);
    const observed = readLines(end.report, ReportLine).flatMap((line) => ("observed" in line ? [line.observed] : []));
    if (report.type === "complete")
      return { result: { verdicts: [...culprits, ...report.verdicts], fileError: null }, observed };
    if (report.type === "file")
      return {
        result: {
          verdicts: culprits,
          fileError: culprits.length > 0 && report.error.reason === "no-code" ? null : report.error,
        },
        observed: [],
      };
    culprits.push(report.culprit);
    if (culprits.length >= mostCulprits) return { result: { verdicts: culprits, fileError: null }, observed: [] };
  }
}
