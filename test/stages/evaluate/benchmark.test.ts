import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Split } from "../../../pipeline/contract/records.js";
import type { Target } from "../../../stages/python/lib/records.js";
import { unverified } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import benchmark from "../../../stages/evaluate/benchmark.js";
import { example, target } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";

const targets = Array.from({ length: 6 }, (_, index) =>
  target({ name: `f${index}`, qualifiedName: `f${index}`, code: `def f${index}():\n    return ${index}\n` }),
);
const named = (name: string) => targets.find((each) => each.name === name) ?? target();
const names = (kept: readonly object[]) => kept.map((record) => (record as Target).name);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "benchmark-"));
});
afterAll(async () => await rm(folder, { recursive: true }));

/** A dataset of these rows. */
async function dataset(...rows: readonly (object | string)[]) {
  const file = join(folder, "test.jsonl");
  await writeFile(file, rows.map((row) => `${typeof row === "string" ? row : JSON.stringify(row)}\n`).join(""));
  return { options: { dataset: "test.jsonl" }, surroundings: { files: { "test.jsonl": file } } };
}
const row = (name: string, more: object = {}) => ({
  package: "shop",
  target_module: "shop.prices",
  target_name: name,
  ...more,
});

stageTest(
  benchmark,
  ({ run }) => {
    it("takes all targets unless told", async () => {
      expect(names((await run(targets)).kept)).toEqual(names(targets));
    });

    it("takes as many as wanted, in order; a larger number only adds some", async () => {
      const [two, four] = await Promise.all([2, 4].map(async (most) => await run(targets, { most })));
      expect(two?.kept).toHaveLength(2);
      expect(names(four?.kept ?? [])).toEqual(expect.arrayContaining(names(two?.kept ?? [])));
      expect(names(four?.kept ?? [])).toEqual(names(targets).filter((name) => names(four?.kept ?? []).includes(name)));
      expect(four?.dropped.map(({ reason }) => reason)).toEqual([
        "more than wanted: most is 4",
        "more than wanted: most is 4",
      ]);
      expect(names((await run(targets, { most: 2 }, { seed: 99 })).kept)).not.toEqual(names(two?.kept ?? []));
    });

    it("takes what a dataset's test split names, and of that as many as wanted", async () => {
      const { options, surroundings } = await dataset(
        row("f1"),
        row("f1"),
        row("f4"),
        row("f5", { package: "other" }),
        row("f2", { target_module: "shop.other" }),
      );
      const { kept, dropped } = await run(targets, options, surroundings);
      expect(names(kept)).toEqual(["f1", "f4"]);
      expect(dropped).toMatchObject(
        Array.from({ length: 4 }, () => ({ reason: "not held out: the dataset's test split does not name it" })),
      );
      expect((await run(targets, { ...options, most: 1 }, surroundings)).kept).toHaveLength(1);
    });

    it("takes what the examples of a split are about", async () => {
      const about = (name: string, split: Split) =>
        example("def test_it():\n    assert True\n", {
          split,
          evidence: unverified(
            { id: named(name).id, kind: "function", name, qualifiedName: name, module: "shop.prices" },
            "",
          ),
        });
      const examples = [about("f1", "test"), about("f1", "test"), about("f2", "train"), about("f5", "test")];
      const { kept, dropped } = await run({ targets, examples }, { split: "test" });
      expect(names(kept)).toEqual(["f1", "f5"]);
      expect(dropped[0]).toMatchObject({ reason: "not held out: no example of the split test is about it" });
      await expect(run({ targets, examples }, { split: "val" })).rejects.toMatchObject({
        code: "config",
        message: "no example of the split val is about a target",
      });
    });

    it.each([["{"], [{ prompt: "a row of something else" }]])(
      "shows the line of a file that is no export: %j",
      async (line) => {
        const { options, surroundings } = await dataset(row("f1"), line);
        await expect(run(targets, options, surroundings)).rejects.toMatchObject({
          code: "config",
          message: "line 2 of the dataset names no target",
          locations: [{ line: 2 }],
        });
      },
    );
  },
  { inputs: targets, options: { most: 3 } },
);
