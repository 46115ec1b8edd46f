import { randomUUID } from "node:crypto";
import type { Verdict } from "../contract/verdict.js";
import type { Coverage, TestResult, TestRun } from "../contract/test-run.js";
import { clientModules, isOfApplication } from "./client-modules.js";
import { runJob } from "./job.js";
import type { RunnerPool } from "./pool.js";
import type { PreparedSource } from "./prepared.js";
import { Check, readLines, ReportLine } from "./protocol.js";
import { mergeRuns, readReport } from "./verdicts.js";

/** Tests that may end a file's process before the rest of the file is given up. */
const MOST_CULPRITS = 3;

/** Checks a file's text, then runs it once a hash seed. One verdict a test, or one for the file. */
export async function runTests(request: TestRun, source: PreparedSource, pool: RunnerPool): Promise<TestResult> {
  const [firstSeed = 0] = request.hashSeeds;
  const check = await pool.use(source.config({ hashSeed: firstSeed }), (runner) =>
    runner.ask({ job: "check", code: request.code, target: request.target, source: source.topLevel }, Check),
  );
  if (check.syntax !== null) return fileError("syntax", check.syntax);
  if (check.file !== null) return fileError("cheat", check.file);

  const cheats = Object.entries(check.tests).flatMap(([test, why]): Verdict[] =>
    why === null ? [] : [{ test, outcome: "error", reason: "cheat", detail: why }],
  );
  if (cheats.length > 0 && cheats.length === Object.keys(check.tests).length)
    return { verdicts: cheats, fileError: null, coverage: null };

  const file = new TestFile(request, check, cheats, source, pool);
  const runs = await Promise.all(request.hashSeeds.map(async (seed) => ({ seed, result: await file.run(seed) })));
  const result = withCheats(mergeRuns(runs), cheats, Object.keys(check.tests));
  const provesNothing = request.target === null && result.fileError === null && Object.keys(check.hollow).length > 0;
  return {
    ...result,
    ...(provesNothing && { hollow: check.hollow }),
    coverage: await file.coverage(result, firstSeed),
  };
}

class TestFile {
  readonly #request: TestRun;
  readonly #tests: readonly string[];
  readonly #cheats: readonly Verdict[];
  readonly #modules: readonly string[];
  readonly #source: PreparedSource;
  readonly #pool: RunnerPool;

  constructor(request: TestRun, check: Check, cheats: readonly Verdict[], source: PreparedSource, pool: RunnerPool) {
    this.#request = request;
    this.#tests = Object.keys(check.tests);
    this.#cheats = cheats;
    this.#modules = [...check.imports, ...(request.target ? [request.target.module] : [])];
    this.#source = source;
    this.#pool = pool;
  }

  /** One run under one hash seed. A test that takes its process down is named, and the others run again without it. */
  async run(seed: number): Promise<TestResult> {
    const culprits: Verdict[] = [];
    while (true) {
      const nonce = randomUUID();
      const skip = [...this.#cheats, ...culprits].map(({ test }) => test);
      const report = readReport(await this.#runJob(seed, { skip, tests: null, coverage: null, nonce }), nonce);
      if (report.type === "complete")
        return { verdicts: [...culprits, ...report.verdicts], fileError: null, coverage: null };
      if (report.type === "file") {
        // Nothing is left to collect but what has a verdict already.
        if (culprits.length > 0 && report.error.reason === "no-code")
          return { verdicts: culprits, fileError: null, coverage: null };
        return { verdicts: [], fileError: report.error, coverage: null };
      }
      culprits.push(report.culprit);
      if (culprits.length >= MOST_CULPRITS) {
        const left = this.#tests.filter(
          (test) => ![...this.#cheats, ...culprits].some((verdict) => verdict.test === test),
        );
        return {
          verdicts: [...culprits, ...left.map((test) => notRun(test, report.culprit))],
          fileError: null,
          coverage: null,
        };
      }
    }
  }

  /** One more run, of the tests that pass; null where it is not asked for, or where they do not all pass in it. */
  async coverage({ verdicts }: TestResult, seed: number): Promise<Coverage | null> {
    const { target, replacement } = this.#request;
    const tests = verdicts.filter(({ outcome }) => outcome === "passed").map(({ test }) => test);
    if (!this.#request.coverage || target === null || replacement !== undefined || tests.length === 0) return null;
    const nonce = randomUUID();
    const end = await this.#runJob(seed, { skip: [], tests, coverage: target, nonce });
    const report = readReport(end, nonce);
    if (report.type !== "complete" || report.verdicts.some(({ outcome }) => outcome !== "passed")) return null;
    return (
      readLines(end.report, ReportLine)
        .flatMap((line) => ("coverage" in line ? [line.coverage] : []))
        .at(-1) ?? null
    );
  }

  #runJob(
    seed: number,
    options: { skip: readonly string[]; tests: readonly string[] | null; coverage: TestRun["target"]; nonce: string },
  ) {
    const { code, target, replacement: text } = this.#request;
    const replacement = target === null || text === undefined ? null : { module: target.module, text };
    const extras = [...(options.coverage === null ? [] : ["coverage"]), ...clientModules(target?.route)];
    return runJob({ job: "tests", code, replacement, ...options }, this.#request, {
      surroundings: { hashSeed: seed },
      modules: this.#modules,
      startsAnew: target === null ? isOfApplication(code) : target.route !== undefined,
      extras,
      source: this.#source,
      pool: this.#pool,
    });
  }
}

function notRun(test: string, { outcome, reason }: Verdict): Verdict {
  return { test, outcome, reason, detail: `not run: ${MOST_CULPRITS} tests of this file took its process down` };
}

/** The verdicts with those of tests that were not run for being cheats, in the order of the file. */
function withCheats(
  { verdicts, ...rest }: TestResult,
  cheats: readonly Verdict[],
  order: readonly string[],
): TestResult {
  const places = new Map(order.map((test, place) => [test, place]));
  const place = ({ test }: Verdict) => places.get(test) ?? order.length;
  return { ...rest, verdicts: [...cheats, ...verdicts].toSorted((one, other) => place(one) - place(other)) };
}

function fileError(reason: "syntax" | "cheat", detail: string): TestResult {
  return { verdicts: [], fileError: { outcome: "error", reason, detail }, coverage: null };
}
