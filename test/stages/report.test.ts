import { readFile } from "node:fs/promises";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Score } from "../../pipeline/records.js";
import report from "../../stages/report.js";
import type { Report } from "../../stages/report/figures.js";
import { stageTest } from "../support/stage-test.js";
import { someScores } from "./some-scores.js";

stageTest(report, ({ run }) => {
  it("writes", async () => {
    const outputDir = await mkdtemp(join(tmpdir(), "report-"));
    await run(someScores(), {}, { outputDir });
    console.log(outputDir);
  });
}, { inputs: someScores() });
