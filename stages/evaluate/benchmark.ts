import { z } from "zod";
import { hashValue } from "../../pipeline/system/hash.js";
import { PipelineError } from "../../pipeline/system/errors.js";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example, type Split } from "../../pipeline/contract/records.js";
import { Target } from "../python/lib/records.js";
import { fileRef } from "../../pipeline/contract/reference.js";
import { defineStage, type Input } from "../../pipeline/contract/stage.js";
import { HeldOut } from "./benchmark/held-out.js";
import { PytestEvidence } from "../tests/lib/evidence/pytest-evidence.js";

/**
 * The targets of an evaluation: all, or those that an exported dataset, or examples of this pipeline, hold out for
 * testing; of these as many as are wanted, chosen by the seed, so that a larger number only adds targets.
 */
export default defineStage({
  name: "benchmark",
  summary: "Chooses the targets of an evaluation: all, or those of a dataset's test split, and no more than wanted",
  version: 2,
  reads: { targets: Target, examples: Example },
  optional: ["examples"],
  writes: Target,
  parallel: "whole",
  options: z.strictObject({
    dataset: fileRef().optional().describe("jsonl/test.jsonl of an exported dataset: its targets alone are kept"),
    split: z
      .enum(["train", "val", "test"])
      .optional()
      .describe(
        "The split of the input `examples` whose targets alone are kept; unless told, that input is not looked at",
      ),
    most: z.int().min(1).optional().describe("Most targets"),
  }),

  async *run({ targets, examples }, { dataset, split, most = Infinity }, context) {
    const heldOut = dataset === undefined ? null : await HeldOut.read(context.file(dataset));
    const inSplit = split === undefined ? null : await targetsIn(split, examples);
    const candidates: { readonly id: string; readonly key: string }[] = [];
    for await (const target of targets) {
      if ((heldOut?.has(target) ?? true) && (inSplit?.has(target.id) ?? true))
        candidates.push({ id: target.id, key: hashValue([context.seed, target.id]) });
    }
    const smallestFirst = candidates.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const chosen = new Set(smallestFirst.slice(0, most).map(({ id }) => id));
    const wanted = new Set(candidates.map(({ id }) => id));
    for await (const target of targets) {
      if (chosen.has(target.id)) yield target;
      else if (wanted.has(target.id))
        context.drop(target, reason("more-than-wanted", `more than wanted: most is ${most}`));
      else if (inSplit === null)
        context.drop(target, reason("not-held-out", "not held out: the dataset's test split does not name it"));
      else
        context.drop(
          target,
          reason("not-held-out", `not held out: no example of the split ${split ?? ""} is about it`),
        );
    }
  },
});

/** Ids of the targets that the examples of a split are about. */
async function targetsIn(split: Split, examples: Input<Example>): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { evidence, split: own } of examples) {
    if (own === split && PytestEvidence.is(evidence)) ids.add(evidence.target.id);
  }
  if (ids.size > 0) return ids;
  throw new PipelineError(`no example of the split ${split} is about a target`, {
    code: "config",
    hint: "wire the input `examples` to a step after `split`: from: { targets: extract, examples: split }",
  });
}
