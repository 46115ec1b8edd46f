import { afterAll, beforeAll, expect, it } from "vitest";
import { PipelineError } from "../../../pipeline/system/errors.js";
import type { Example } from "../../../pipeline/contract/records.js";
import type { Score } from "../../../stages/evaluate/lib/records.js";
import type { Target } from "../../../stages/python/lib/records.js";
import { unverified } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import disagreements from "../../../stages/evaluate/disagreements.js";
import { laterSandbox, sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { example, target } from "../../support/records.js";
import type { StageSurroundings } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

const correct = `import itertools
import random


def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return high
    return value


def lucky(number):
    return number


def evens(limit):
    return itertools.islice(itertools.count(0, 2), limit)
`;
const buggy = correct
  .replace("value > high:\n        return high", "value > high:\n        return low")
  .replace("return number", "return random.random() + number")
  .replace("count(0, 2)", "count(1, 2)");
/** As the mutation of the correct file writes it. */
const mutant = {
  operator: "comparison",
  line: 6,
  diff:
    "@@ -5,4 +5,4 @@\n def clamp(value, low, high):\n-    if value < low:\n+    if value > low:\n         return " +
    "low\n     if value > high:\n",
};

let shop: Sandboxed;
beforeAll(async () => {
  shop = await sandboxed({ "correct_python_programs/shop.py": correct, "python_programs/shop.py": buggy });
});
afterAll(async () => await shop.close());

const sandbox = laterSandbox(() => shop);
const surroundings: StageSurroundings = {
  services: { sandbox, sources: { fetch: async () => shop.tree, tree: async () => shop.tree } },
};

const at = (folder: string, name: string, changes: Partial<Target> = {}): Target =>
  target({
    name,
    qualifiedName: name,
    module: `${folder}.shop`,
    ...changes,
    source: {
      ref: "folder:shop",
      name: "sample",
      version: "1",
      licence: "LicenseRef-own",
      path: `${folder}/shop.py`,
      lines: [5, 10],
    },
  });
const [pair, changed] = [at("python_programs", "clamp"), at("correct_python_programs", "clamp", { mutant })];

const student = { teacher: "model:student.gguf", model: "student", model_sha256: "1" };

function tests(code: string, of: Target = pair, labels: Example["labels"] = student): Example {
  const { id, name, qualifiedName, module, source } = of;
  return example(code, {
    source,
    labels,
    evidence: unverified(
      { id, kind: "function", name, qualifiedName, module },
      `import pytest\n\nfrom ${module} import ${name}\n`,
    ),
  });
}

const mixed = `def test_above():
    assert clamp(5, 1, 3) == 3

def test_below():
    assert clamp(0, 1, 3) == 0

def test_inside():
    assert clamp(2, 1, 3) == 2

def test_far():
    assert clamp(9, 1, 3) == 1
`;

stageTest(
  disagreements,
  ({ run }) => {
    const memo = new Map<string, unknown>();
    const scored = async (targets: readonly Target[], files: readonly Example[]) =>
      (await run({ targets, tests: files }, {}, { ...surroundings, memo })).kept as Score[];

    it("tells disagreements that are the bug from mistakes, and from agreement with the bug", async () => {
      const [score] = await scored([pair], [tests(mixed)]);
      expect(score).toMatchObject({
        target: pair.id,
        model: "student",
        labels: { bug: "pair", outcome: "points at the bug", model: "student", role: "model" },
      });
      expect(score?.metrics).toEqual({
        expectations: 4,
        disagreements: 2,
        disagreementsAtBug: 1,
        toldApart: 2,
        disagreementRecall: 1,
        disagreementRecallWhereTold: 1,
      });
      expect(score?.disagreements).toEqual([
        { asked: "clamp(5, 1, 3)", expected: "3", answered: "1", correct: "3", isBug: true },
        { asked: "clamp(0, 1, 3)", expected: "0", answered: "1", correct: "1", isBug: false },
      ]);
    });

    it("knows the correct program of a mutant: the source as it is", async () => {
      // The mutant answers low to whatever is above low; the source does not.
      const [score] = await scored(
        [changed],
        [
          tests(
            "def test_inside():\n    assert clamp(2, 1, 3) == 2\n\ndef test_below():\n    assert clamp(0, 1, 3) == 0\n",
            changed,
          ),
        ],
      );
      expect(score).toMatchObject({ labels: { bug: "mutant", operator: "comparison", outcome: "points at the bug" } });
      // clamp(0, 1, 3) is 0 for the mutant: the model takes the bug for right.
      expect(score?.metrics).toEqual({
        expectations: 2,
        disagreements: 1,
        disagreementsAtBug: 1,
        toldApart: 2,
        disagreementRecall: 1,
        disagreementRecallWhereTold: 1,
      });
      expect(score?.disagreements).toEqual([
        { asked: "clamp(2, 1, 3)", expected: "2", answered: "1", correct: "2", isBug: true },
      ]);
    });

    it.each([
      [
        "takes the bug for right",
        "def test_far():\n    assert clamp(9, 1, 3) == 1",
        { expectations: 1, disagreements: 0, toldApart: 1, disagreementRecall: 0, disagreementRecallWhereTold: 0 },
      ],
      [
        "disagrees, not at the bug",
        "def test_far():\n    assert clamp(9, 1, 3) == 9",
        {
          expectations: 1,
          disagreements: 1,
          disagreementsAtBug: 0,
          toldApart: 1,
          disagreementRecall: 0,
          disagreementRecallWhereTold: 0,
        },
      ],
      [
        "no call shows the bug",
        "def test_inside():\n    assert clamp(2, 1, 3) == 2",
        { expectations: 1, disagreements: 0, toldApart: 0, disagreementRecall: 0, disagreementRecallWhereTold: null },
      ],
      [
        "no expectation",
        "",
        { expectations: 0, disagreements: 0, toldApart: 0, disagreementRecall: 0, disagreementRecallWhereTold: null },
      ],
    ])("says what became of it: %s", async (outcome, code, metrics) => {
      const [score] = await scored([pair], [tests(code)]);
      expect(score?.labels["outcome"]).toBe(outcome);
      expect(score?.metrics).toMatchObject(metrics);
    });

    it(
      "lists nothing that the buggy program answers otherwise each time, and takes an iterator of what was expected " +
        "for right",
      async () => {
        const [lucky, evens] = [at("python_programs", "lucky"), at("python_programs", "evens")];
        const [random, iterator] = await scored(
          [lucky, evens],
          [
            tests("def test_it():\n    assert lucky(1) == 1", lucky),
            tests(
              "def test_it():\n    assert evens(3) == [0, 2, 4]\n\ndef test_bug():\n    assert evens(2) == [1, 3]",
              evens,
            ),
          ],
        );
        expect(random?.metrics).toMatchObject({ expectations: 0, disagreements: 0 });
        expect(iterator?.disagreements).toMatchObject([{ asked: "evens(3)", expected: "[0, 2, 4]", isBug: true }]);
        expect(iterator?.metrics).toMatchObject({ expectations: 2, disagreements: 1, toldApart: 2 });
      },
    );

    it("scores every model on every program, and nobody else", async () => {
      const scores = await scored(
        [pair, changed],
        [
          tests(mixed),
          tests("", changed, { ...student, model: "other", model_sha256: "2" }),
          tests(mixed, pair, { teacher: "human" }),
        ],
      );
      expect(scores.map(({ target: id, model, labels }) => [id === pair.id, model, labels["outcome"]])).toEqual([
        [true, "student", "points at the bug"],
        [true, "other", "no expectation"],
        [false, "student", "no expectation"],
        [false, "other", "no expectation"],
      ]);
    });

    it("drops what is no buggy program, and fails a program whose runs are lost", async () => {
      const { dropped } = await run({ targets: [at("correct_python_programs", "clamp")], tests: [] }, {}, surroundings);
      expect(dropped).toMatchObject([{ code: "no-correct-program" }]);
      const losing: Sandbox = {
        ...sandbox,
        observe: async () => Promise.reject(new PipelineError("the runner has ended", { code: "sandbox" })),
      };
      const { failed } = await run(
        { targets: [pair], tests: [tests(mixed)] },
        {},
        { services: { ...surroundings.services, sandbox: losing } },
      );
      expect(failed).toMatchObject([{ record: pair.id, code: "sandbox-lost" }]);
    });
  },
  {
    inputs: {
      targets: [pair, changed],
      tests: [tests(mixed), tests("def test_it():\n    assert clamp(2, 1, 3) == 2", changed)],
    },
    surroundings,
  },
);
