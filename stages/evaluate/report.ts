import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { hashFile } from "../../pipeline/system/hash.js";
import { Artifact } from "../../pipeline/contract/records.js";
import { Score } from "./lib/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { introduce } from "./lib/figures/contestants.js";
import { sumUp } from "./lib/figures/figures.js";
import { renderPage } from "./report/page.js";
import { readTraining } from "./lib/figures/training.js";

/**
 * Sums the scores up, with intervals: report.json for scripts, and report.html, which shows the same figures to people.
 * With what `train` and `convert` leave, it tells how a student came about, too.
 */
export default defineStage({
  name: "report",
  summary: "Sums scores up with intervals, as report.json and as a page with plots",
  version: 2,
  reads: { scores: Score, training: Artifact },
  optional: ["training"],
  writes: Artifact,
  parallel: "whole",
  leaves: () => ["report.json", "report.html"],
  needs: ["pipeline"],
  options: z.strictObject({}),

  async *run({ scores, training }, _, context) {
    const all: Score[] = [];
    for await (const score of scores) {
      all.push(score);
      context.use(score);
    }
    const artifacts: Artifact[] = [];
    for await (const artifact of training) artifacts.push(artifact);

    const { name, seed, text } = context.pipeline;
    const history = context.history();
    const report = {
      ...sumUp(all, { name, seed, history }),
      contestants: introduce(all, { text, history, artifacts }),
      training: await readTraining(artifacts, context),
    };
    const files = { "report.json": `${JSON.stringify(report, null, 2)}\n`, "report.html": await renderPage(report) };
    for (const [path, written] of Object.entries(files)) {
      const file = join(context.outputDir, path);
      await writeFile(file, written);
      yield Artifact.make(
        {
          type: "report",
          path,
          sha256: await hashFile(file),
          bytes: (await stat(file)).size,
          facts: { targets: report.targets.length, models: Object.keys(report.models).length },
        },
        { source: null, from: [] },
      );
    }
  },
});
