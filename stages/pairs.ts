import { z } from "zod";
import { SourceFile, Target } from "../pipeline/records.js";
import { defineStage } from "../pipeline/stage.js";
import { Programs } from "./pairs/programs.js";

/**
 * Of a benchmark in QuixBugs' layout, the functions that its correct programs are named after. Of a source without
 * such folders, every function.
 */
export default defineStage({
  name: "pairs",
  summary: "Keeps the functions that a benchmark of correct and buggy programs is about, and the functions of other sources",
  version: 1,
  reads: { targets: Target, files: SourceFile },
  writes: Target,
  parallel: "record",
  options: z.strictObject({}),

  async *run({ targets, files }, _, context) {
    const programs = await context.once("programs", () => Programs.read(files));
    for await (const target of targets) {
      const unfit = programs.whyUnfit(target);
      if (unfit === null) yield target;
      else context.drop(target, unfit);
    }
  },
});
