import { z } from "zod";
import type { Reason } from "../../pipeline/contract/reasons.js";
import { SourceFile } from "../../pipeline/contract/records.js";
import { sourceRef } from "../../pipeline/contract/reference.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { allowedLicences, licenceGate } from "./lib/licences.js";
import { nothingLeft } from "./lib/nothing-left.js";
import { readSourceFile } from "./ingest/read.js";
import { selectFiles } from "./lib/select.js";
import { inOrder } from "../../pipeline/system/in-order.js";

/** Reads the files of packages, repositories and folders, as far as their licences are allowed. */
export default defineStage({
  name: "ingest",
  summary: "Reads the source files of packages, repositories and folders whose licence is allowed",
  version: 1,
  writes: SourceFile,
  parallel: "whole",
  needs: ["sources"],
  options: z.strictObject({
    sources: z.array(sourceRef()).min(1).describe("Where the code comes from"),
    licences: allowedLicences,
    allowUnknownLicence: z
      .array(z.string())
      .default([])
      .describe("Names of sources that are used although no licence could be told"),
    include: z.array(z.string()).default(["**/*.py"]).describe("Globs of the files to read"),
    exclude: z.array(z.string()).default([]).describe("Globs of files to leave out"),
    maxFileSize: z
      .int()
      .min(1)
      .default(1024 * 1024)
      .describe("Bytes of the largest file that is read"),
    maxPerSource: z
      .int()
      .min(1)
      .optional()
      .describe("Most files of one source, chosen by the seed: a larger number only adds files"),
  }),

  async *run(_, options, context) {
    const { maxFileSize } = options;
    // A source that is named twice, or under two names, is read once.
    const trees = new Map<string, Awaited<ReturnType<typeof context.sources.fetch>>>();
    for await (const tree of context.map(inOrder(options.sources), (ref) => context.sources.fetch(ref)))
      trees.set(tree.ref, tree);
    const gate = licenceGate(options, [...trees.values()]);
    const selections = await Promise.all(
      [...trees.values()].map(async (tree) => ({ tree, ...(await selectFiles(tree.folder, options, context.seed)) })),
    );
    const total = selections.reduce((sum, { taken }) => sum + taken.length, 0);
    let [done, kept] = [0, 0];

    for (const { tree, taken, left, isPackage } of selections) {
      const refuse = (path: string | null, why: Reason) => {
        context.refuse({ source: tree.ref, path }, why);
      };
      for (const { path, reason } of [...tree.refused, ...left]) refuse(path, reason);
      const licences = gate(tree);
      for (const path of taken) {
        context.signal.throwIfAborted();
        context.progress((done += 1), total, "files");
        const file = await readSourceFile(tree, path, { maxFileSize, licences, isPackage });
        if ("refused" in file) {
          if (file.refused !== null) refuse(path, file.refused);
          continue;
        }
        kept += 1;
        yield file;
      }
      if (licences.refusal !== null) refuse(null, licences.refusal);
    }
    if (kept === 0)
      throw nothingLeft(
        [...trees.values()].map((tree) => ({ name: tree.name, refusal: gate(tree).refusal })),
        { files: total, include: options.include },
      );
  },
});
