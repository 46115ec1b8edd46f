import { randomUUID } from "node:crypto";
import type { InPlaceRun, OriginalResult, OriginalRun, TestResult } from "../contract/test-run.js";
import { runJob } from "./job.js";
import type { RunnerPool } from "./pool.js";
import type { PreparedSource } from "./prepared.js";
import { readReport } from "./verdicts.js";

/**
 * What runs a kind of test, in the order of trying: who runs a project's tests by pytest may rely on its conftest.py or
 * its settings.
 */
const ways = { doctest: ["doctest", "pytest-doctest"], unittest: ["unittest", "pytest"], pytest: ["pytest"] } as const;

/**
 * Runs a test as it stands, until it passes one way. Where it does not, a failure says more than a way that could not
 * run it.
 */
export async function runOriginal(
  { original: { kind, ...original }, ...limits }: OriginalRun,
  source: PreparedSource,
  pool: RunnerPool,
): Promise<OriginalResult> {
  const results: OriginalResult[] = [];
  for (const by of ways[kind]) {
    const nonce = randomUUID();
    // Nothing of the source is loaded before: a conftest.py may say how.
    const end = await runJob({ job: "original", by, ...original, nonce }, limits, {
      surroundings: { hashSeed: 0 },
      modules: [],
      startsAnew: true,
      source,
      pool,
    });
    const report = readReport(end, nonce);
    const result =
      report.type === "file" ? report.error : report.type === "complete" ? report.verdicts[0] : report.culprit;
    if (result === undefined) continue;
    const { outcome, reason, detail } = result;
    if (outcome === "passed" || reason === "skipped") return { outcome, reason, detail };
    results.push({ outcome, reason, detail });
  }
  return (
    results.find(({ outcome }) => outcome === "failed") ??
    results[0] ?? { outcome: "error", reason: "infra", detail: "nothing was reported of it" }
  );
}

/** Runs all tests of a file of the source where it stands. */
export async function runInPlace(
  { path, ...limits }: InPlaceRun,
  source: PreparedSource,
  pool: RunnerPool,
): Promise<TestResult> {
  const nonce = randomUUID();
  const end = await runJob({ job: "original", by: "pytest", path, test: null, nonce }, limits, {
    surroundings: { hashSeed: 0 },
    modules: [],
    startsAnew: true,
    source,
    pool,
  });
  const report = readReport(end, nonce);
  switch (report.type) {
    case "complete":
      return { verdicts: report.verdicts, fileError: null, coverage: null };
    case "ended in a test":
      return { verdicts: [report.culprit], fileError: null, coverage: null };
    case "file":
      return { verdicts: [], fileError: report.error, coverage: null };
  }
}
