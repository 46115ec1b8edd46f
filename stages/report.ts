import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { hashFile } from "../pipeline/hash.js";
import { Artifact, Score } from "../pipeline/records.js";
import { defineStage } from "../pipeline/stage.js";
import { sumUp } from "./report/figures.js";
import { renderPage } from "./report/page.js";

/** Sums the scores up, with intervals: report.json for scripts, and report.html, which shows the same figures to people. */
export default defineStage({
  name: "report",
  summary: "Sums scores up with intervals, as report.json and as a page with plots",
  version: 1,
  reads: Score,
  writes: Artifact,
  parallel: "whole",
  options: z.strictObject({}),

  async *run(scores, _, context) {
    const all: Score[] = [];
    for await (const score of scores) {
      all.push(score);
      context.use(score);
    }
    const { name, seed } = context.pipeline;
    const report = sumUp(all, { name, seed, history: context.history() });
    const files = { "report.json": `${JSON.stringify(report, null, 2)}\n`, "report.html": await renderPage(report) };
    for (const [path, text] of Object.entries(files)) {
      const file = join(context.outputDir, path);
      await writeFile(file, text);
      yield Artifact.make({ type: "report", path, sha256: await hashFile(file), bytes: (await stat(file)).size, facts: { targets: report.targets.length, models: Object.keys(report.models).length } }, { source: null, from: [] });
    }
  },
});
