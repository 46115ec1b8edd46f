import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { packageRoot } from "../../pipeline/paths.js";
import type { Example, Target } from "../../pipeline/records.js";
import gold from "../../stages/gold.js";
import pairs from "../../stages/pairs.js";
import { buggyText } from "../../stages/pairs/buggy.js";
import { runStage } from "../support/run-stage.js";
import { stageTest } from "../support/stage-test.js";
import { openBenchmark } from "./pairs/benchmark.js";

const benchmark = await openBenchmark(join(packageRoot, "test/stages/pairs/quixbugs-layout"));
afterAll(async () => await benchmark.close());

const programs = (await runStage(pairs, benchmark.inputs, {}, benchmark.surroundings)).kept as Target[];
const rows = new Map((await runStage(gold, programs, {}, benchmark.surroundings)).kept.map((record) => [nameOf(record as Example), record as Example]));
const responseOf = (name: string) => rows.get(name)?.response;

stageTest(gold, ({ run, target }) => {
  it("makes one row a program, which people wrote", () => {
    expect([...rows.keys()]).toEqual(["count_reachable", "countdown", "digit_sum", "make_change", "mean"]);
    expect(rows.get("mean")).toMatchObject({
      task: "pytest", labels: { teacher: "human" }, prompt: expect.stringMatching(/^Test mean:\ndef mean/u) as string,
      evidence: { preamble: "import pytest\n\nfrom correct_python_programs.mean import mean\n", verdicts: [], target: { module: "correct_python_programs.mean" } },
    });
  });

  it("puts the JSON cases into the pytest file that loads them", () => {
    expect(responseOf("digit_sum")).toBe([
      "testdata = [", "    [[0], 0],", "    [[7], 7],", "    [[407], 11],", "    [[99999999999999999999], 180],", "]", "", "",
      '@pytest.mark.parametrize("input_data,expected", testdata)', "def test_digit_sum(input_data, expected):", "    assert digit_sum(*input_data) == expected",
    ].join("\n"));
  });

  it("passes over a case that the file skips for being slow", () => {
    expect(responseOf("countdown")).toContain("    if input_data[0] > 1000 and not False:\n        return\n    assert list(countdown(*input_data)) == expected");
  });

  it("imports what stands beside the test file from where it is", () => {
    expect(responseOf("count_reachable")).toMatch(/^from python_testcases\.node import Node\n\n\ndef test1\(\):\n {4}"""Case 1: A node by itself\n/u);
  });

  it("makes assertions of JSON cases that no pytest file loads", () => {
    expect(responseOf("make_change")).toBe([
      "def test_make_change_1():", "    assert make_change(7, [1, 5]) == {'5': 1, '1': 2}", "", "",
      "def test_make_change_2():", "    assert make_change(3, [5, 2]) == None", "", "",
      "def test_make_change_3():", "    assert make_change(5, [1, 5]) == {'5': 1}",
    ].join("\n"));
  });

  it("makes tests that pass on the correct program and find the bug", async () => {
    for (const program of programs) {
      const row = rows.get(program.name) as Example;
      const correct = await benchmark.run(row);
      expect(correct.verdicts.filter(({ outcome }) => outcome !== "passed"), program.name).toEqual([]);
      const buggy = await benchmark.run(row, await buggyText(benchmark.tree.folder, program) ?? "");
      expect(buggy.verdicts.some(({ outcome }) => outcome !== "passed"), program.name).toBe(true);
    }
  });

  it("drops a target without gold tests, with the reason", async () => {
    const nowhere = target({ source: { ...programs[0]?.source as NonNullable<Target["source"]>, path: "correct_python_programs/nonsuch.py" } });
    const { dropped } = await run([target(), nowhere], {}, benchmark.surroundings);
    expect(dropped.map(({ reason }) => reason).toSorted()).toEqual([
      "no gold tests: it is no program of a benchmark",
      "no gold tests: there is neither json_testcases/nonsuch.json nor python_testcases/test_nonsuch.py",
    ]);
  });
}, { inputs: programs, surroundings: benchmark.surroundings });

function nameOf({ evidence }: Example): string {
  return evidence.type === "pytest" ? evidence.target.name : "";
}
