import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example, type Split } from "../../pipeline/contract/records.js";
import { type Context, defineStage, type Input } from "../../pipeline/contract/stage.js";
import { apportion, type Groups } from "./split/apportion.js";
import { expectLabel, type GroupKind, groupKey } from "./split/group.js";
import { LeakageCheck } from "./split/leakage.js";
import { dropNearDuplicates } from "./split/near-duplicates.js";
import { Pins } from "./split/pins.js";
import { missedRatios } from "./split/ratios.js";
import { Rows } from "./split/rows.js";
import { shuffled } from "./split/shuffle.js";
import { joinTwins } from "./split/twins.js";

const share = z.number().min(0).max(1).default(0);
const references = z.array(z.string().min(1)).default([]);

/**
 * Puts whole groups of examples (files, packages, rows of tables, or what a label says) into train, val and test, so
 * that no group stands in two of them, and leaves out what is near-identical to an example of a split that is held out.
 * A group's place follows from its own hash, so that a dataset that grows keeps nearly all of its groups where they
 * were. Leaves `leakage.json`, checked on the very rows that pass on.
 */
export default defineStage({
  name: "split",
  summary: "Splits examples into train, val and test without leakage between them",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "whole",
  options: z
    .strictObject({
      method: z
        .enum(["groups", "shuffle"])
        .default("groups")
        .describe(
          "groups: without leakage; shuffle: row by row, in the order of Python's random.Random(seed).shuffle, with " +
            "int(rows * ratio) rows in val and test, and nothing is compared",
        ),
      ratios: z
        .strictObject({ train: share, val: share, test: share })
        .superRefine(({ train, val, test }, problem) => {
          const sum = train + val + test;
          if (Math.abs(sum - 1) > 1e-6) {
            problem.addIssue({
              code: "custom",
              message:
                `expected ratios that sum to 1, but ${train} (train) + ${val} (val) + ${test} (test) is ` +
                `${Number(sum.toFixed(6))}`,
            });
          }
        })
        .default({ train: 0.8, val: 0.1, test: 0.1 })
        .describe("Share of the rows in each split, approached as closely as groups allow"),
      group: z
        .union([z.enum(["row", "file", "package"]), z.templateLiteral(["label:", z.string().min(1)], "label:NAME")])
        .default("file")
        .describe(
          "What stands in one split as a whole: row (of a table; of other files, the same lines), file, package, or " +
            "label:NAME, all with the same value of a label; examples without a source, or without the label, stand " +
            "for themselves",
        ),
      assign: z
        .strictObject({ train: references, val: references, test: references })
        .prefault({})
        .describe("Packages that belong to a split whatever its ratio: pypi:toolz, pypi:toolz@1.0.0 or toolz"),
      threshold: z
        .number()
        .min(0.5)
        .max(1)
        .default(0.8)
        .describe("Jaccard similarity of code from which two examples are near-identical: 0.5 to 1"),
      twins: z
        .enum(["drop", "together"])
        .default("drop")
        .describe(
          "What becomes of near-identical examples of different groups: those of the larger split are left out, or " +
            "their groups stand in one split together, and next to nothing is left out",
        ),
    })
    .superRefine(({ method, group, assign, threshold, twins }, problem) => {
      if (method === "groups") return;
      const isTold = {
        group: group !== "file",
        assign: Object.values(assign).some((names) => names.length > 0),
        threshold: threshold !== 0.8,
        twins: twins !== "drop",
      };
      for (const [option, told] of Object.entries(isTold))
        if (told)
          problem.addIssue({
            code: "custom",
            path: [option],
            message: "it belongs to method: groups; shuffle splits row by row: take one of the two out",
          });
    }),

  async *run(examples, { method, ratios, group, assign, threshold, twins }, context) {
    if (method === "shuffle") {
      const splits = yield* shuffled(examples, ratios, context);
      context.notice(
        "rows were split one by one: what is near-identical, or of one file, may stand in two splits (method: groups " +
          "keeps it together)",
      );
      await writeReport({ method, splits }, context);
      return;
    }
    const groups: Groups = { rows: context.index(), pinned: context.index(), split: context.index() };
    const rows = new Rows(examples.count, { compared: context.index(), originals: context.index() });
    const keyOf = (example: Example) => groupKey(example, group, context.seed);
    const { hasTables, pinned } = await readRows(examples, rows, groups, { keyOf, group, pins: new Pins(assign) });
    const families =
      twins === "together"
        ? await joinTwins(rows, groups, { threshold, context })
        : { groups, of: (key: string) => key };
    apportion(families.groups, ratios);
    rows.assignSplits((key) => groups.split.get(families.of(key)) as Split);
    await dropNearDuplicates(rows, threshold, context);

    const leakage = new LeakageCheck(context.index());
    let position = 0;
    for await (const example of examples) {
      const split = rows.splitOf(position);
      const original = rows.originalOf(position);
      leakage.note(example, split, keyOf(example), { isDropped: original !== undefined });
      if (original === undefined) yield Example.derive(example, { split });
      else context.drop(example, reason("near-duplicate", `near-duplicate of ${original.id} in ${original.split}`));
      position += 1;
    }
    const missed = missedRatios({
      ratios,
      rows: leakage.rows(),
      nearDuplicates: leakage.dropped(),
      pinned,
      group,
      groups: sizesOf(families.groups),
      hasTables,
    });
    if (missed !== null) context.notice(missed);
    await writeReport(leakage.report({ group, threshold }), context);
  },
});

async function writeReport(report: object, { outputDir }: Pick<Context, "outputDir">): Promise<void> {
  await writeFile(join(outputDir, "leakage.json"), `${JSON.stringify(report, null, 2)}\n`);
}

interface Grouping {
  readonly keyOf: (example: Example) => string;
  readonly group: GroupKind;
  readonly pins: Pins;
}

/** Reads what is compared of every row, and the rows of every group, with the split of those that are pinned to one. */
async function readRows(
  examples: Input<Example>,
  rows: Rows,
  groups: Groups,
  { keyOf, group, pins }: Grouping,
): Promise<{ readonly hasTables: boolean; readonly pinned: Readonly<Record<Split, number>> }> {
  const labels = new Set<string>();
  const pinned = { train: 0, val: 0, test: 0 };
  let hasTables = false;
  for await (const example of examples) {
    const key = keyOf(example);
    rows.add(example, key);
    groups.rows.set(key, String(Number(groups.rows.get(key) ?? 0) + 1));
    for (const label of Object.keys(example.labels)) labels.add(label);
    hasTables ||= example.source?.row !== undefined;
    const split = pins.splitOf(example.source);
    if (split === undefined) continue;
    groups.pinned.set(key, split);
    pinned[split] += 1;
  }
  pins.checkUsed();
  if (examples.count > 0) expectLabel(group, labels);
  return { hasTables, pinned };
}

function sizesOf({ rows }: Groups): { readonly largest: number; readonly count: number } {
  let largest = 0;
  for (const [, count] of rows.entries()) largest = Math.max(largest, Number(count));
  return { largest, count: rows.size };
}
