import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Example } from "../../../pipeline/contract/records.js";
import type { Score } from "../../../stages/evaluate/lib/records.js";
import type { Target } from "../../../stages/python/lib/records.js";
import { unverified, PytestEvidence } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import score from "../../../stages/evaluate/score.js";
import { laterSandbox, sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { example, target } from "../../support/records.js";
import type { StageSurroundings } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

const correct =
  "def clamp(value, low, high):\n    if value < low:\n        return low\n    if value > high:\n        return " +
  "high\n    return value\n";
const buggy = correct.replace("value > high:\n        return high", "value > high:\n        return low");
const constant = "def nothing():\n    pass\n";

let shop: Sandboxed;
beforeAll(async () => {
  shop = await sandboxed({
    "correct_python_programs/clamp.py": correct,
    "python_programs/clamp.py": buggy,
    "prices.py": correct,
    "empty.py": constant,
  });
});
afterAll(async () => await shop.close());

const sandbox = laterSandbox(() => shop);
const surroundings: StageSurroundings = {
  services: { sandbox, sources: { fetch: async () => shop.tree, tree: async () => shop.tree } },
};

stageTest(
  score,
  ({ run }) => {
    // What one test has run, the next remembers.
    const memo = new Map<string, unknown>();
    const scored = async (...files: readonly Example[]) =>
      (await run({ targets: [pair], tests: files }, {}, { ...surroundings, memo })).kept as Score[];
    const metricsOf = async (...files: readonly Example[]) => byModel(await scored(...files))["student"]?.metrics ?? {};

    it("scores a suite that tells the target from its mutants and from its buggy twin", async () => {
      const [student, none] = await scored(tests(good));
      expect(student).toMatchObject({
        target: pair.id,
        model: "student",
        labels: { name: "clamp", module: "correct_python_programs.clamp", role: "model", outcome: "passed" },
      });
      expect(student?.metrics).toMatchObject({
        syntax: 1,
        collected: 1,
        grounded: 1,
        testPassRate: 1,
        suitePassAt1: 1,
        salvaged: 1,
        stable: 1,
        lineCoverage: 1,
        branchCoverage: 1,
        bugDetection: 1,
        tests: 3,
        passed: 3,
        tokens: 7,
      });
      expect(student?.metrics["mutationScore"]).toBeGreaterThan(0.6);
      expect(none).toMatchObject({ model: "none", labels: { role: "baseline", outcome: "no tests" } });
    });

    it("counts mutants by operator, and a score as killed of all that were run", async () => {
      const {
        mutants = 0,
        killed = 0,
        mutationScore,
        ...metrics
      } = await metricsOf(tests("def test_inside():\n    assert clamp(2, 1, 3) == 2"));
      const sum = (prefix: string) =>
        Object.entries(metrics)
          .filter(([name]) => name.startsWith(prefix))
          .reduce((total, [, value]) => total + Number(value), 0);
      expect([sum("mutants."), sum("killed.")]).toEqual([mutants, killed]);
      expect(killed).toBeGreaterThan(0);
      expect(killed).toBeLessThan(Number(mutants));
      expect(mutationScore).toBe(Number(killed) / Number(mutants));
    });

    it("gives an empty file 0 in every metric", async () => {
      const applicable = (metrics: Score["metrics"]) =>
        Object.entries(metrics).filter(
          ([name, value]) => value !== null && !["mutants", "tokens"].includes(name) && !name.startsWith("mutants."),
        );
      for (const empty of ["", "\n\n"]) {
        const kept = byModel(await scored(tests(empty), tests(good, { teacher: "human" })));
        expect(applicable(kept["student"]?.metrics ?? {}).filter(([, value]) => value !== 0)).toEqual([]);
        expect(Object.keys(kept["student"]?.metrics ?? {})).toEqual(Object.keys(kept["human"]?.metrics ?? {}));
      }
    });

    it("gives a file of assert True nothing for its tests", async () => {
      const metrics = await metricsOf(
        tests("def test_true():\n    assert True\n\ndef test_called():\n    clamp(1, 2, 3)\n    assert True"),
        tests(good, { teacher: "human" }),
      );
      expect(metrics).toMatchObject({
        syntax: 1,
        collected: 1,
        testPassRate: 0,
        suitePassAt1: 0,
        salvaged: 0,
        mutationScore: 0,
        bugDetection: 0,
        lineCoverage: 0,
      });
    });

    it.each([
      [
        "in the file",
        "import sys\nimport types\n\nsys.modules['correct_python_programs.clamp'] = types.ModuleType('clamp')\n\ndef " +
          "test_it():\n    assert clamp(2, 1, 3) == 2",
      ],
      [
        "in the test",
        "def test_it():\n    import sys\n    sys.modules['correct_python_programs.clamp'] = None\n    assert " +
          "clamp(2, 1, 3) == 2",
      ],
      [
        "of the target's name",
        "def clamp(value, low, high):\n    return 2\n\ndef test_it():\n    assert clamp(2, 1, 3) == 2",
      ],
    ])("gives a stub %s 0 in every metric", async (_, code) => {
      const kept = byModel(await scored(tests(code), tests(good, { teacher: "human" })));
      const {
        syntax,
        collected,
        grounded,
        testPassRate,
        suitePassAt1,
        salvaged,
        stable,
        lineCoverage,
        branchCoverage,
        mutationScore,
        bugDetection,
      } = kept["student"]?.metrics ?? {};
      expect([
        syntax,
        collected,
        grounded,
        testPassRate,
        suitePassAt1,
        salvaged,
        stable,
        lineCoverage,
        branchCoverage,
        mutationScore,
        bugDetection,
      ]).toEqual(Array.from({ length: 11 }, () => 0));
      expect(kept["student"]?.labels["outcome"]).toBe("cheat");
    });

    it("joins what several files of one suite cover: a way out that both take counts once", async () => {
      const [low, high, inside] = ["clamp(0, 1, 3) == 1", "clamp(4, 1, 3) == 3", "clamp(2, 1, 3) == 2"].map(
        (claim, index) => tests(`def test_${index}():\n    assert ${claim}`),
      );
      if (low === undefined || high === undefined || inside === undefined) throw new Error("three files were made");
      // The first condition is true, or false and the second one true, or both are false.
      expect(await metricsOf(low)).toMatchObject({ branchCoverage: 1 / 4, lineCoverage: 2 / 5 });
      expect(await metricsOf(high)).toMatchObject({ branchCoverage: 2 / 4, lineCoverage: 3 / 5 });
      expect(await metricsOf(low, high)).toMatchObject({ branchCoverage: 3 / 4, lineCoverage: 4 / 5 });
      expect(await metricsOf(high, inside)).toMatchObject({ branchCoverage: 3 / 4, lineCoverage: 4 / 5 });
      expect(await metricsOf(low, high, inside)).toMatchObject({ branchCoverage: 1, lineCoverage: 1 });
    });

    it("lets failing tests count in the pass rate, and the others in what passing tests show", async () => {
      const [student] = await scored(tests(`${good}\n\ndef test_wrong():\n    assert clamp(4, 1, 3) == 4`));
      expect(student?.metrics).toMatchObject({
        testPassRate: 0.75,
        suitePassAt1: 0,
        salvaged: 1,
        bugDetection: 1,
        lineCoverage: 1,
      });
      expect(student?.labels).toMatchObject({
        outcome: "wrong-value",
        detail: expect.stringContaining("assert 3 == 4") as string,
      });
    });

    it("finds no bug by a test that fails on the correct program too", async () => {
      expect(await metricsOf(tests("def test_wrong():\n    assert clamp(4, 1, 3) == 4"))).toMatchObject({
        bugDetection: 0,
        mutationScore: 0,
      });
    });

    it("names a suite that passes and kills no mutant, and one that depends on the hash seed", async () => {
      const [weak] = await scored(tests("def test_it():\n    clamp(2, 2, 2)\n    assert clamp is not None"));
      expect(weak?.labels["outcome"]).toBe("kills no mutant");
      const [flaky] = await scored(
        tests("import sys\n\ndef test_it():\n    assert clamp(sys.flags.hash_randomization, 0, 1) == 0"),
      );
      expect(flaky).toMatchObject({ metrics: { stable: 0, suitePassAt1: 0 }, labels: { outcome: "flaky" } });
    });

    it("counts a test that pytest does not run as written", async () => {
      const [student] = await scored(
        tests(
          `${good}\n\nclass TestNever:\n    def __init__(self):\n        pass\n\n    def test_never(self):\n        ` +
            `assert clamp(2, 1, 3) == 2`,
        ),
      );
      expect(student?.metrics).toMatchObject({ tests: 4, passed: 3, testPassRate: 0.75, suitePassAt1: 0 });
      expect(student?.labels["outcome"]).toBe("not collected");
    });

    it("takes several files of one contestant for one suite: all have to pass, and any may kill", async () => {
      const [first = "", second = "", third = ""] = good.split("\n\n");
      const [whole] = await scored(tests(good, { teacher: "human" }));
      const parts = await scored(...[first, second, third].map((part) => tests(part, { teacher: "doctest" })));
      expect(parts[0]).toMatchObject({
        model: "human",
        metrics: { suitePassAt1: 1, tests: 3, lineCoverage: 1, mutationScore: whole?.metrics["mutationScore"] },
      });
      const [broken] = await scored(
        tests(good, { teacher: "human" }),
        tests("import nonsuch\n\ndef test_it():\n    assert clamp(2, 1, 3) == 2", { teacher: "human" }),
      );
      expect(broken).toMatchObject({
        metrics: { collected: 0, suitePassAt1: 0, testPassRate: 0.75 },
        labels: { outcome: "import" },
      });
    });

    it("has no bug to detect in a target without a buggy twin, no mutants where nothing can be changed", async () => {
      const plain = targetAt("prices.py", "prices");
      const unchangeable = target({
        name: "nothing",
        qualifiedName: "nothing",
        module: "empty",
        code: constant,
        source: { ...plain.source, path: "empty.py" } as Target["source"],
      });
      const { kept } = await run(
        {
          targets: [plain, unchangeable],
          tests: [
            tests(good, student, plain),
            tests("def test_it():\n    assert nothing() is None", student, unchangeable),
          ],
        },
        {},
        surroundings,
      );
      const [ofPlain, , ofUnchangeable, noneOfUnchangeable] = kept as Score[];
      expect(ofPlain?.metrics).toMatchObject({ bugDetection: null, suitePassAt1: 1 });
      expect(ofUnchangeable?.metrics).toMatchObject({
        suitePassAt1: 1,
        mutationScore: null,
        salvaged: null,
        branchCoverage: null,
      });
      expect(noneOfUnchangeable?.metrics).toMatchObject({ mutationScore: null, salvaged: null, suitePassAt1: 0 });
    });

    describe("who is scored:", () => {
      it("models in the order in which they wrote, then the baselines, and people only where they wrote", async () => {
        const plain = targetAt("prices.py", "prices");
        const { kept } = await run(
          {
            targets: [pair, plain],
            tests: [
              tests(good, { teacher: "smoke" }),
              tests(good, { ...student, model: "zeta" }),
              tests(good, { ...student, model: "alpha", model_sha256: "2" }),
              tests(good, { teacher: "human" }, plain),
            ],
          },
          { baselines: ["none", "record"] },
          { ...surroundings, memo },
        );
        const models = (kept as Score[]).map(
          ({ target: id, model }) => `${id === pair.id ? "pair" : "plain"} ${model}`,
        );
        expect(models).toEqual([
          "pair zeta",
          "pair alpha",
          "pair record",
          "pair smoke",
          "pair none",
          "plain zeta",
          "plain alpha",
          "plain human",
          "plain record",
          "plain smoke",
          "plain none",
        ]);
      });

      it("two names of one model file are one row that says so", async () => {
        const same = await scored(tests(good), tests(good, { ...student, model: "again" }));
        expect(same.map(({ model, labels }) => [model, labels["aliases"]])).toEqual([
          ["student", "again"],
          ["none", undefined],
        ]);
        const otherwiseAsked = await scored(tests(good), tests("", { ...student, model: "again" }));
        expect(otherwiseAsked.map(({ model }) => model)).toEqual(["student", "again", "none"]);
      });

      it("takes own values and those from the machine as two contestants, and what is joined as a third", async () => {
        const wrong = "def test_above():\n    assert clamp(4, 1, 3) == 4";
        const right = "def test_above():\n    assert clamp(4, 1, 3) == 3";
        const [low] = good.split("\n\n");
        const scores = (
          await run(
            {
              targets: [pair],
              tests: [tests(wrong), tests(low ?? "", { teacher: "record" })],
              recorded: [
                held(right, [
                  ["clamp(4, 1, 3)", "4", "3"],
                  ["clamp(2, 1, 3)", "2", null],
                ]),
                tests("def test_it():\n    assert clamp(2, 1, 3) == 2", { teacher: "human" }),
              ],
            },
            { joined: ["record"] },
            { ...surroundings, memo },
          )
        ).kept as Score[];
        expect(scores.map(({ model, labels }) => [model, labels["values"]])).toEqual([
          ["student", undefined],
          ["student with recorded values", "recorded"],
          ["student with recorded values and record", "joined"],
          ["record", undefined],
          ["none", undefined],
        ]);
        const [own, recorded, joined] = scores.map(({ metrics }) => metrics);
        expect(
          [own, recorded, joined].map((metrics) => [
            metrics?.["suitePassAt1"],
            metrics?.["bugDetection"],
            metrics?.["tests"],
            metrics?.["tokens"],
          ]),
        ).toEqual([
          [0, 0, 1, 7],
          [1, 1, 1, 7],
          [1, 1, 2, 7],
        ]);
        expect([own, recorded, joined].map((metrics) => metrics?.["valuesRight"])).toEqual([null, 0.5, null]);
        expect(Number(joined?.["mutationScore"])).toBeGreaterThan(Number(recorded?.["mutationScore"]));
        expect(scores.slice(0, 3).map(({ labels }) => labels["model"])).toEqual(["student", "student", "student"]);
      });

      it("what had to be recorded nowhere counts as recorded too, and one file under two names as one", async () => {
        const files = [tests(good), tests(good, { ...student, model: "again" })];
        const same = (await run({ targets: [pair], tests: files, recorded: files }, {}, { ...surroundings, memo }))
          .kept as Score[];
        expect(same.map(({ model, labels }) => [model, labels["aliases"]])).toEqual([
          ["student", "again"],
          ["student with recorded values", "again with recorded values"],
          ["none", undefined],
        ]);
      });

      it("models that are named by a path are called by their file, and none is taken for a baseline", async () => {
        const models = (
          await scored(
            tests(good, { ...student, model: "file:/models/tuned.gguf" }),
            tests(good, { ...student, model: "human", model_sha256: "2" }),
            tests(good, { teacher: "human" }),
          )
        ).map(({ model }) => model);
        expect(models).toEqual(["tuned", "model human", "human", "none"]);
      });
    });

    it("says why a model wrote nothing", async () => {
      const [unanswered] = await scored(tests("", { ...student, unanswered: "prompt-too-long: clamp: 5000 tokens" }));
      expect(unanswered?.labels).toMatchObject({ outcome: "prompt-too-long", detail: "clamp: 5000 tokens" });
    });

    it("fails a target whose runs are lost, for everyone, and remembers nothing of it", async () => {
      const memo = new Map<string, unknown>();
      const losing: Sandbox = {
        ...sandbox,
        runTests: async () => ({
          verdicts: [],
          fileError: { outcome: "error", reason: "infra", detail: "the runner has ended" },
          coverage: null,
        }),
      };
      const inputs = { targets: [pair], tests: [tests(good)] };
      const lost = await run(inputs, {}, { services: { ...surroundings.services, sandbox: losing }, memo });
      expect(lost).toMatchObject({
        kept: [],
        failed: [{ record: pair.id, code: "sandbox-lost", reason: "the sandbox lost the run: the runner has ended" }],
      });
      expect((await run(inputs, {}, { ...surroundings, memo })).kept).toHaveLength(2);
    });

    it("runs nothing twice", async () => {
      const memo = new Map<string, unknown>();
      const inputs = { targets: [pair], tests: [tests(good)] };
      const first = await run(inputs, {}, { ...surroundings, memo });
      const unused: Sandbox = {
        ...sandbox,
        runTests: async () => Promise.reject(new Error("it was run already")),
        mutate: async () => Promise.reject(new Error("it was run already")),
      };
      expect(await run(inputs, {}, { services: { ...surroundings.services, sandbox: unused }, memo })).toEqual(first);
    });
  },
  {
    inputs: {
      get targets() {
        return [pair, targetAt("prices.py", "prices")];
      },
      get tests() {
        return [
          tests(good),
          tests("def test_it():\n    assert clamp(2, 1, 3) == 3", student, targetAt("prices.py", "prices")),
        ];
      },
    },
    surroundings,
  },
);

const good = `def test_inside():
    assert clamp(2, 1, 3) == 2
    assert clamp(1, 1, 3) == 1
    assert clamp(3, 1, 3) == 3

def test_below():
    assert clamp(0, 1, 3) == 1

def test_above():
    assert clamp(4, 1, 3) == 3`;

const student = { teacher: "model:student.gguf", model: "student", model_sha256: "1", tokens: 7 };
const pair = targetAt("correct_python_programs/clamp.py", "correct_python_programs.clamp");

function targetAt(path: string, module: string): Target {
  const source = {
    ref: "folder:shop",
    name: "sample",
    version: "1",
    licence: "LicenseRef-own",
    path,
    lines: [1, 6] as [number, number],
  };
  return target({ name: "clamp", qualifiedName: "clamp", module, code: correct, source });
}

function tests(code: string, labels: Example["labels"] = student, of: Target = pair): Example {
  const { id, name, qualifiedName, module, source } = of;
  const evidence = unverified(
    { id, kind: "function", name, qualifiedName, module },
    `import pytest\n\nfrom ${module} import ${name}\n`,
  );
  return example(code, { evidence, source, labels });
}

/**
 * Tests after they were held against the code: what is asked, what was expected, and what was recorded in its place.
 */
function held(
  code: string,
  expectations: readonly (readonly [asked: string, expected: string, recorded: string | null])[],
): Example {
  const { evidence, ...rest } = tests(code);
  if (!PytestEvidence.is(evidence)) throw new Error("the row is no pytest row");
  return example(code, {
    ...rest,
    evidence: {
      ...evidence,
      expectations: expectations.map(([asked, expected, recorded]) => ({
        test: "test_above",
        asked,
        expected,
        recorded,
      })),
    },
  });
}

function byModel(scores: readonly Score[]): Record<string, Score> {
  return Object.fromEntries(scores.map((record) => [record.model, record]));
}
