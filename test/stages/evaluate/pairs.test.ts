import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { packageRoot } from "../../../pipeline/system/paths.js";
import type { Target } from "../../../stages/python/lib/records.js";
import pairs from "../../../stages/evaluate/pairs.js";
import { buggyText } from "../../../stages/evaluate/lib/buggy.js";
import { twinsOf } from "../../../stages/evaluate/lib/twins.js";
import { sourceFile, target } from "../../support/records.js";
import type { StageResult } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";
import { openBenchmark } from "./pairs/benchmark.js";

const benchmark = await openBenchmark(join(packageRoot, "test/stages/evaluate/pairs/quixbugs-layout"));
afterAll(async () => await benchmark.close());

const inBenchmark = (path: string, text: string) => sourceFile(path, text);
const at = (path: string, name: string, changes: Partial<Target> = {}) =>
  target({
    name,
    qualifiedName: name,
    source: { ref: "pypi:shop@1.0.0", name: "shop", version: "1.0.0", licence: "MIT", path, lines: [1, 2] },
    ...changes,
  });
const names = ({ kept }: StageResult) => kept.map((record) => (record as Target).name);

const inputs = {
  targets: [
    at("correct_python_programs/add.py", "add"),
    at("python_programs/add.py", "add"),
    at("setup_tools.py", "tool"),
  ],
  files: [
    inBenchmark("correct_python_programs/add.py", "def add(a, b): return a + b"),
    inBenchmark("python_programs/add.py", "def add(a, b): return a - b"),
  ],
};

stageTest(
  pairs,
  ({ run }) => {
    it("keeps the functions that the correct programs of a benchmark are named after", async () => {
      const { kept, dropped } = await run(benchmark.inputs, {}, benchmark.surroundings);
      expect(kept).toMatchObject(
        ["count_reachable", "countdown", "digit_sum", "make_change", "mean"].map((name) => ({
          name,
          module: `correct_python_programs.${name}`,
        })),
      );
      expect(new Set(dropped.map(({ reason }) => reason))).toEqual(
        new Set([
          "buggy program: the correct one is tested",
          "beside the programs: no program of the benchmark",
          "helper: the program is make_change",
          "helper: the same in the correct and in the buggy programs",
        ]),
      );
    });

    it("keeps the functions of the buggy programs where these are shown, and nothing of other sources", async () => {
      const { kept, dropped } = await run(benchmark.inputs, { show: "buggy" }, benchmark.surroundings);
      expect(kept).toMatchObject(
        ["count_reachable", "countdown", "digit_sum", "make_change", "mean"].map((name) => ({
          name,
          module: `python_programs.${name}`,
        })),
      );
      expect(new Set(dropped.map(({ reason }) => reason))).toEqual(
        new Set([
          "correct program: the buggy one is shown",
          "beside the programs: no program of the benchmark",
          "helper: the program is make_change",
          "helper: the same in the correct and in the buggy programs",
        ]),
      );
      const { folder } = benchmark.tree;
      const mean = (kept as Target[]).find(({ name }) => name === "mean");
      expect(mean === undefined ? null : await twinsOf(folder, mean)).toMatchObject({
        bug: "pair",
        buggy: null,
        correct: expect.stringContaining("def mean") as string,
      });
      expect(await twinsOf(folder, at("correct_python_programs/mean.py", "mean"))).toBeNull();
      const other = await run(
        { targets: [at("shop.py", "shop")], files: [inBenchmark("shop.py", "def shop(): pass")] },
        { show: "buggy" },
      );
      expect(other.dropped).toMatchObject([{ reason: "no pairs: its source has no correct_python_programs" }]);
    });

    it("keeps all functions of a program that has no function of its name", async () => {
      const text = "def first(): return 1\ndef second(): return 2";
      const result = await run({
        targets: [
          at("correct_python_programs/both.py", "first"),
          at("correct_python_programs/both.py", "second"),
          at("correct_python_programs/both.py", "Third", { targetKind: "class" }),
        ],
        files: [
          inBenchmark("correct_python_programs/both.py", text),
          inBenchmark("python_programs/both.py", text.replace("2", "3")),
        ],
      });
      expect(names(result)).toEqual(["first", "second"]);
      expect(result.dropped).toMatchObject([{ reason: "not a function: class" }]);
    });

    it("says which program has no buggy form", async () => {
      const { dropped } = await run({
        targets: [at("correct_python_programs/add.py", "add")],
        files: [inBenchmark("correct_python_programs/add.py", "def add(a, b): return a + b")],
      });
      expect(dropped).toMatchObject([{ reason: "no buggy program: there is no python_programs/add.py" }]);
    });

    it("finds the programs in a folder of the source", async () => {
      const result = await run({
        targets: [at("bench/correct_python_programs/add.py", "add"), at("bench/python_programs/add.py", "add")],
        files: inputs.files.map((file) => inBenchmark(`bench/${file.source?.path ?? ""}`, file.text)),
      });
      expect(result.kept).toMatchObject([{ source: { path: "bench/correct_python_programs/add.py" } }]);
    });

    it("keeps the functions of a source that is no benchmark, though another one is", async () => {
      const other = { ref: "pypi:toolz@1", name: "toolz", version: "1", licence: "MIT", path: "toolz/core.py" };
      const result = await run({
        ...inputs,
        targets: [at("", "curry", { source: other }), at("", "Curry", { source: other, targetKind: "class" })],
      });
      expect(names(result)).toEqual(["curry"]);
      expect(result.dropped).toMatchObject([{ reason: "not a function: class" }]);
    });
  },
  { inputs },
);

it("reads the buggy form of a target's module", async () => {
  const {
    tree: { folder },
  } = benchmark;
  expect(await buggyText(folder, at("correct_python_programs/count_reachable.py", "count_reachable"))).toContain(
    "return len(seen) - 1",
  );
  expect(await buggyText(folder, at("correct_python_programs/nonsuch.py", "nonsuch"))).toBeNull();
  expect(await buggyText(folder, at("python_programs/mean.py", "mean"))).toBeNull();
});
