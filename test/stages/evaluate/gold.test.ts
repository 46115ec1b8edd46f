import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { packageRoot } from "../../../pipeline/system/paths.js";
import type { Example } from "../../../pipeline/contract/records.js";
import type { Target } from "../../../stages/python/lib/records.js";
import type { Verdict } from "../../../pipeline/contract/verdict.js";
import gold from "../../../stages/evaluate/gold.js";
import pairs from "../../../stages/evaluate/pairs.js";
import { buggyText } from "../../../stages/evaluate/lib/buggy.js";
import { sourceTree } from "../../sandbox/sandboxed.js";
import { target as makeTarget } from "../../support/records.js";
import { runStage } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";
import { openBenchmark } from "./pairs/benchmark.js";
import { PytestEvidence } from "../../../stages/tests/lib/evidence/pytest-evidence.js";

const benchmark = await openBenchmark(join(packageRoot, "test/stages/evaluate/pairs/quixbugs-layout"));
afterAll(async () => await benchmark.close());

const programs = (await runStage(pairs, benchmark.inputs, {}, benchmark.surroundings)).kept as Target[];
const rows = new Map(
  (await runStage(gold, programs, {}, benchmark.surroundings)).kept.map((record) => [
    nameOf(record as Example),
    record as Example,
  ]),
);
const responseOf = (name: string) => rows.get(name)?.response;

stageTest(
  gold,
  ({ run, target }) => {
    it("makes one row a program, which people wrote", () => {
      expect([...rows.keys()]).toEqual(["count_reachable", "countdown", "digit_sum", "make_change", "mean"]);
      expect(rows.get("mean")).toMatchObject({
        task: "pytest",
        labels: { teacher: "human" },
        prompt: expect.stringMatching(/^Test mean:\ndef mean/u) as string,
        evidence: {
          preamble: "import pytest\n\nfrom correct_python_programs.mean import mean\n",
          verdicts: [],
          target: { module: "correct_python_programs.mean" },
        },
      });
    });

    it("puts the JSON cases into the pytest file that loads them", () => {
      expect(responseOf("digit_sum")).toBe(
        [
          "testdata = [",
          "    [[0], 0],",
          "    [[7], 7],",
          "    [[407], 11],",
          "    [[99999999999999999999], 180],",
          "]",
          "",
          "",
          '@pytest.mark.parametrize("input_data,expected", testdata)',
          "def test_digit_sum(input_data, expected):",
          "    assert digit_sum(*input_data) == expected",
        ].join("\n"),
      );
    });

    it("passes over a case that the file skips for being slow", () => {
      expect(responseOf("countdown")).toContain(
        "    if input_data[0] > 1000 and not False:\n        return\n    assert list(countdown(*input_data)) == " +
          "expected",
      );
    });

    it("imports what stands beside the test file from where it is", () => {
      expect(responseOf("count_reachable")).toMatch(
        /^from python_testcases\.node import Node\n\n\ndef test1\(\):\n {4}"""Case 1: A node by itself\n/u,
      );
    });

    it("makes assertions of JSON cases that no pytest file loads", () => {
      expect(responseOf("make_change")).toBe(
        [
          "def test_make_change_1():",
          "    assert make_change(7, [1, 5]) == {'5': 1, '1': 2}",
          "",
          "",
          "def test_make_change_2():",
          "    assert make_change(3, [5, 2]) == None",
          "",
          "",
          "def test_make_change_3():",
          "    assert make_change(5, [1, 5]) == {'5': 1}",
        ].join("\n"),
      );
    });

    it("makes tests that pass on the correct program and find the bug", async () => {
      const outcomes = await Promise.all(
        programs.map(async (program) => {
          const row = rows.get(program.name) as Example;
          const [correct, buggy] = [
            await benchmark.run(row),
            await benchmark.run(row, (await buggyText(benchmark.tree.folder, program)) ?? ""),
          ];
          return [program.name, correct.verdicts.every(passes), buggy.verdicts.every(passes)];
        }),
      );
      expect(outcomes).toEqual(programs.map(({ name }) => [name, true, false]));
    });

    it("drops a target without gold tests, with the reason", async () => {
      const nowhere = target({
        source: {
          ...(programs[0]?.source as NonNullable<Target["source"]>),
          path: "correct_python_programs/nonsuch.py",
        },
      });
      const { dropped } = await run([target(), nowhere], {}, benchmark.surroundings);
      expect(dropped.map(({ reason }) => reason).toSorted()).toEqual([
        "no gold tests: it is no program of a benchmark",
        "no gold tests: there is neither json_testcases/nonsuch.json nor python_testcases/test_nonsuch.py",
      ]);
    });

    it("reads what JSON can say, to the last digit", async () => {
      const { code } = await goldOf({
        "json_testcases/f.json":
          String.raw`["\u00e9\/\"\n", {"a b": [true, false, null]}]` +
          "\n[[1e3, -0.10, [], 12345678901234567890], [1.5, [-2.25, 3]]]\n",
      });
      expect(code).toBe(
        [
          "def test_f_1():",
          String.raw`    assert f('é/"\n') == {'a b': [True, False, None]}`,
          "",
          "",
          "def test_f_2():",
          "    result = f(1e3, -0.10, [], 12345678901234567890)",
          "    assert result == [pytest.approx(1.5), [pytest.approx(-2.25), 3]]",
        ].join("\n"),
      );
    });

    it("leaves out a line that is no case, and says where it is", async () => {
      const { code, rejected } = await goldOf({
        "json_testcases/f.json": "[[1], 2]\n[[1], 2\n\n[1]\n[[f(1)], 2]\n[{1: 2}, 3]\n",
      });
      expect(code).toBe("def test_f_1():\n    assert f(1) == 2");
      expect(rejected).toEqual([
        ["json_testcases/f.json:2", "JSON case: it is no JSON value"],
        ["json_testcases/f.json:4", "JSON case: expected [[argument, ...], expected]"],
        ["json_testcases/f.json:5", "JSON case: it is no JSON value"],
        ["json_testcases/f.json:6", "JSON case: it is no JSON value"],
      ]);
    });

    it("lists what a generator gives, but not what a function answers that has one inside", async () => {
      const generator = await goldOf({ "json_testcases/f.json": "[1, [1]]" }, "def f(n):\n    yield n");
      expect(generator.code).toBe("def test_f_1():\n    assert list(f(1)) == [1]");
      const inside = await goldOf(
        { "json_testcases/f.json": "[1, 1]" },
        "def f(n):\n    def g():\n        yield n\n    return sum(g())",
      );
      expect(inside.code).toBe("def test_f_1():\n    assert f(1) == 1");
    });

    it("puts a pytest file that loads no cases before those of the JSON file", async () => {
      const { code } = await goldOf({
        "json_testcases/f.json": "[1, 2]",
        "python_testcases/test_f.py":
          "import math\nimport pytest\nfrom correct_python_programs.f import f\n\n\ndef test_error():\n    with " +
          "pytest.raises(TypeError):\n        f(math.pi, 1)\n",
      });
      expect(code).toBe(
        "import math\n\n\ndef test_error():\n    with pytest.raises(TypeError):\n        f(math.pi, 1)\n\n\ndef " +
          "test_f_1():\n    assert f(1) == 2",
      );
    });

    it("leaves an import of the source's own top alone", async () => {
      const { code } = await goldOf({
        "node.py": "class Node: pass",
        "python_testcases/test_f.py":
          "from node import Node\nfrom correct_python_programs.f import f\n\ndef test_f():\n    assert f(Node)",
      });
      expect(code).toBe("from node import Node\n\n\ndef test_f():\n    assert f(Node)");
    });

    it.each([
      [
        "it loads the cases of another program",
        "testdata = load_json_testcases(g.__name__)\ndef test_f(): assert f(1)",
      ],
      ["its syntax is broken", "def test_f(:"],
      ["it holds no test function", "import pytest"],
    ])("leaves out a pytest file with the reason: %s", async (reason, text) => {
      expect(await goldOf({ "python_testcases/test_f.py": text })).toEqual({
        code: undefined,
        rejected: [["python_testcases/test_f.py", reason]],
      });
    });
  },
  { inputs: programs, surroundings: benchmark.surroundings },
);

/** The gold tests of a program `f` in a benchmark with these files. */
async function goldOf(
  files: Readonly<Record<string, string>>,
  code = "def f(n):\n    return n",
): Promise<{ code: string | undefined; rejected: unknown[] }> {
  const tree = await sourceTree(files);
  const source = {
    ref: tree.ref,
    name: "benchmark",
    version: "1",
    licence: "LicenseRef-own",
    path: "correct_python_programs/f.py",
  };
  const program = makeTarget({ name: "f", qualifiedName: "f", module: "correct_python_programs.f", code, source });
  try {
    const services = { sources: { fetch: async () => tree, tree: async () => tree } };
    const { kept, rejected } = await runStage(gold, [program], {}, { ...benchmark.surroundings, services });
    return {
      code: (kept[0] as Example | undefined)?.response,
      rejected: rejected.map(({ part, reason }) => [part, reason]).toSorted(),
    };
  } finally {
    await rm(tree.folder, { recursive: true });
  }
}

function passes({ outcome }: Verdict): boolean {
  return outcome === "passed";
}

function nameOf({ evidence }: Example): string {
  return PytestEvidence.is(evidence) ? evidence.target.name : "";
}
