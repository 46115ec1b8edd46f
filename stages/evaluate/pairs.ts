import { z } from "zod";
import { SourceFile } from "../../pipeline/contract/records.js";
import { Target } from "../python/lib/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { Programs } from "./pairs/programs.js";

/**
 * Of a benchmark in QuixBugs' layout, the functions that its programs are named after: those of the correct programs,
 * or of the buggy ones. Of a source without such folders, every function, or none.
 */
export default defineStage({
  name: "pairs",
  summary:
    "Keeps the functions that a benchmark of correct and buggy programs is about, and the functions of other sources",
  version: 2,
  reads: { targets: Target, files: SourceFile },
  writes: Target,
  parallel: "record",
  options: z.strictObject({
    show: z
      .enum(["correct", "buggy"])
      .default("correct")
      .describe(
        "Whose functions are kept: those of the correct programs, and of sources without pairs; or those of the " +
          "buggy programs alone",
      ),
  }),

  async *run({ targets, files }, { show }, context) {
    const programs = await context.once("programs", () => Programs.read(files));
    for await (const target of targets) {
      const unfit = programs.whyUnfit(target, show);
      if (unfit === null) yield target;
      else context.drop(target, unfit);
    }
  },
});
