import { randomUUID } from "node:crypto";
import type { Verdict } from "../records.js";
import type { TestResult, TestRun } from "../sandbox.js";
import { runJob } from "./job.js";
import type { RunnerPool } from "./pool.js";
import type { PreparedSource } from "./prepared.js";
import { Check } from "./protocol.js";
import { mergeRuns, readReport } from "./verdicts.js";

/** Tests that may end a file's process before the rest of the file is given up. */
const MOST_CULPRITS = 3;

/** Checks a file's text, then runs it once a hash seed. One verdict a test, or one for the file. */
export async function runTests(request: TestRun, source: PreparedSource, pool: RunnerPool): Promise<TestResult> {
  const [firstSeed = 0] = request.hashSeeds;
  const check = await pool.use(source.config(firstSeed), (runner) =>
    runner.ask({ job: "check", code: request.code, target: request.target }, Check));
  if (check.syntax !== null) return fileError("syntax", check.syntax);
  if (check.file !== null) return fileError("cheat", check.file);

  const cheats = Object.entries(check.tests).flatMap(([test, why]): Verdict[] =>
    why === null ? [] : [{ test, outcome: "error", reason: "cheat", detail: why }]);
  if (cheats.length > 0 && cheats.length === Object.keys(check.tests).length) return { verdicts: cheats, fileError: null, coverage: null };

  const modules = source.warmable([...check.imports, ...(request.target ? [request.target.module] : [])]);
  const runs = await Promise.all(request.hashSeeds.map(async (seed) => ({
    seed,
    result: await runOnce(request, seed, Object.keys(check.tests), cheats, modules, source, pool),
  })));
  return withCheats(mergeRuns(runs), cheats, Object.keys(check.tests));
}

/** One run under one hash seed. A test that takes its process down is named, and the others run again without it. */
async function runOnce(
  request: TestRun, seed: number, tests: readonly string[], cheats: readonly Verdict[], modules: readonly string[],
  source: PreparedSource, pool: RunnerPool,
): Promise<TestResult> {
  const culprits: Verdict[] = [];
  while (true) {
    const nonce = randomUUID();
    const skip = [...cheats, ...culprits].map(({ test }) => test);
    const end = await runJob({ job: "tests", code: request.code, skip, nonce }, request, { seed, modules, source, pool });
    const report = readReport(end, nonce);
    if (report.type === "complete") return { verdicts: [...culprits, ...report.verdicts], fileError: null, coverage: null };
    if (report.type === "file") {
      // Nothing is left to collect but what has a verdict already.
      if (culprits.length > 0 && report.error.reason === "no-code") return { verdicts: culprits, fileError: null, coverage: null };
      return { verdicts: [], fileError: report.error, coverage: null };
    }
    culprits.push(report.culprit);
    if (culprits.length >= MOST_CULPRITS) {
      const left = tests.filter((test) => ![...cheats, ...culprits].some((verdict) => verdict.test === test));
      return { verdicts: [...culprits, ...left.map((test) => notRun(test, report.culprit))], fileError: null, coverage: null };
    }
  }
}

function notRun(test: string, { outcome, reason }: Verdict): Verdict {
  return { test, outcome, reason, detail: `not run: ${MOST_CULPRITS} tests of this file took its process down` };
}

/** The verdicts with those of tests that were not run for being cheats, in the order of the file. */
function withCheats({ verdicts, fileError: error, coverage }: TestResult, cheats: readonly Verdict[], order: readonly string[]): TestResult {
  const places = new Map(order.map((test, place) => [test, place]));
  const place = ({ test }: Verdict) => places.get(test) ?? order.length;
  return { verdicts: [...cheats, ...verdicts].toSorted((one, other) => place(one) - place(other)), fileError: error, coverage };
}

function fileError(reason: "syntax" | "cheat", detail: string): TestResult {
  return { verdicts: [], fileError: { outcome: "error", reason, detail }, coverage: null };
}
