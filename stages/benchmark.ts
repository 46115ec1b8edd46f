import { z } from "zod";
import { hashValue } from "../pipeline/hash.js";
import { Target } from "../pipeline/records.js";
import { fileRef } from "../pipeline/reference.js";
import { defineStage } from "../pipeline/stage.js";
import { HeldOut } from "./benchmark/held-out.js";

/**
 * The targets of an evaluation: all, or those that a dataset holds out for testing; of these as many as are wanted,
 * chosen by the seed, so that a larger number only adds targets.
 */
export default defineStage({
  name: "benchmark",
  summary: "Chooses the targets of an evaluation: all, or those of a dataset's test split, and no more than wanted",
  version: 1,
  reads: Target,
  writes: Target,
  parallel: "whole",
  options: z.strictObject({
    dataset: fileRef().optional().describe("jsonl/test.jsonl of an exported dataset: its targets alone are kept"),
    most: z.int().min(1).optional().describe("Most targets"),
  }),

  async *run(targets, { dataset, most = Infinity }, context) {
    const heldOut = dataset === undefined ? null : await HeldOut.read(context.file(dataset));
    const candidates: { readonly id: string; readonly key: string }[] = [];
    for await (const target of targets) {
      if (heldOut?.has(target) ?? true) candidates.push({ id: target.id, key: hashValue([context.seed, target.id]) });
    }
    const smallestFirst = candidates.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const chosen = new Set(smallestFirst.slice(0, most).map(({ id }) => id));
    const wanted = new Set(candidates.map(({ id }) => id));
    for await (const target of targets) {
      if (chosen.has(target.id)) yield target;
      else context.drop(target, wanted.has(target.id) ? `more than wanted: most is ${most}` : "not held out: the dataset's test split does not name it");
    }
  },
});
