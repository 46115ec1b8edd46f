import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { hashFile } from "../../pipeline/system/hash.js";
import { Artifact, SourceFile } from "../../pipeline/contract/records.js";
import { Target } from "../python/lib/records.js";
import { fileRef, sourceRef } from "../../pipeline/contract/reference.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { checkedTest, checkFile } from "./check-tests/check-file.js";
import { pathInSource } from "./check-tests/in-source.js";
import type { CheckedTarget, CheckedTest, CheckedTests, LostTarget } from "./check-tests/report.js";
import { decodeText } from "../read/lib/decode.js";
import { inOrder } from "../../pipeline/system/in-order.js";

/**
 * Runs test files that a user has: each by itself, and then the tests that pass on changed copies of what they test.
 * What that is, the files say by what they import and use. Drops no test: the report tells what became of each.
 */
export default defineStage({
  name: "check-tests",
  summary: "Runs a user's test files: a verdict a test, and coverage and mutants of the functions that they test",
  version: 3,
  reads: Target,
  writes: Artifact,
  parallel: "whole",
  leaves: () => ["tests.json"],
  needs: ["sandbox", "sources"],
  options: z.strictObject({
    files: z.array(fileRef()).default([]).describe("The test files"),
    source: sourceRef().describe("The code that they are about: where the targets come from, too"),
    runs: z.int().min(1).max(10).default(3).describe("Runs of every test, each with another PYTHONHASHSEED"),
    mutants: z
      .int()
      .min(0)
      .default(20)
      .describe("Most mutants of one function that the tests of one file are run on; 0: no mutants, and no coverage"),
    timeout: z.number().positive().default(10).describe("CPU seconds that one run of a test file may take"),
    memory: z.int().min(64).default(512).describe("MiB of memory that one run may take"),
  }),

  async *run(targets, { files, source, ...limits }, context) {
    const known: Target[] = [];
    for await (const target of targets) {
      known.push(target);
      context.use(target);
    }
    const tree = await context.sources.fetch(source);
    const place = { ref: tree.ref, name: tree.name, version: tree.version };
    const identity = await context.sandbox.identity(place);
    const report = {
      sandbox: identity.backend,
      tests: [] as CheckedTest[],
      targets: [] as CheckedTarget[],
      lost: [] as LostTarget[],
    } satisfies CheckedTests;
    let done = 0;
    const checked = context.map(inOrder(files), async (name) => {
      const bytes = await readFile(context.file(name));
      const decoded = decodeText(bytes, "python");
      if ("reason" in decoded) return unreadable(name, decoded.reason.text);
      const file = SourceFile.make(
        { language: "python", role: "test", module: null, ...decoded },
        { source: null, from: [] },
      );
      const path = await pathInSource(context.file(name), bytes, tree);
      return await checkFile({ name, path, file, targets: known, source: place, identity }, limits, context);
    });
    for await (const { tests, targets: tested, lost } of checked) {
      report.tests.push(...tests);
      report.targets.push(...tested);
      report.lost.push(...lost);
      context.progress((done += 1), files.length, "files");
    }

    const path = join(context.outputDir, "tests.json");
    await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
    yield Artifact.make(
      {
        type: "report",
        path: "tests.json",
        sha256: await hashFile(path),
        bytes: (await stat(path)).size,
        facts: { files: files.length, tests: report.tests.length },
      },
      { source: null, from: [] },
    );
  },
});

/** Python could not read the file either. */
function unreadable(file: string, reason: string): Omit<CheckedTests, "sandbox"> {
  return {
    tests: [checkedTest(file, { test: null, outcome: "error", reason: "syntax", detail: reason })],
    targets: [],
    lost: [],
  };
}
