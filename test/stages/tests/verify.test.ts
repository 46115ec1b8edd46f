import { afterAll, beforeAll, expect, it } from "vitest";
import { PipelineError } from "../../../pipeline/system/errors.js";
import { Example } from "../../../pipeline/contract/records.js";
import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import verify from "../../../stages/tests/verify.js";
import { laterSandbox, sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { example } from "../../support/records.js";
import { runStage } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";
import { dedent, pytestExample as tests } from "./verify-example.js";
import { PytestEvidence } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import { pattern } from "../../support/pattern.js";

let shop: Sandboxed;
beforeAll(async () => {
  shop = await sandboxed({
    "prices.py":
      "def add(a, b):\n    return a + b\n\ndef half(number):\n    return number / 2\n\ndef close():\n    pass\n",
  });
});
afterAll(async () => await shop.close());

const sandbox = laterSandbox(() => shop);
const services = { sandbox, sources: { fetch: async () => shop.tree, tree: async () => shop.tree } };

stageTest(
  verify,
  ({ run }) => {
    it("keeps an example whose tests all pass, as it stands, with its verdicts", async () => {
      const [good] = [tests(goodTest)];
      const { kept, dropped, rejected } = await run([good], {}, { services });
      expect([dropped, rejected]).toEqual([[], []]);
      expect(kept).toMatchObject([
        {
          response: good.response,
          from: [good.id],
          evidence: {
            hashSeeds: [0, 1, 2],
            verdicts: [{ test: "test_add", outcome: "passed", reason: null, detail: "" }],
            sandbox: expect.stringContaining("seccomp") as string,
          },
        },
      ]);
    });

    it("cuts out a test that fails, with what only it has used, and keeps the others", async () => {
      const { kept, rejected } = await run(
        [
          tests(`
      import math
      import itertools

      def twice(number):
          return math.floor(number) * 2

      @pytest.fixture
      def two():
          return next(itertools.count(2))

      def test_add(two):
          assert add(1, two) == 3


      # Wrong on purpose.
      @pytest.mark.parametrize("number", [1, 2])
      def test_wrong(number):
          assert add(number, number) == twice(number) + 1


      class TestAdd:
          def test_texts(self):
              assert add("a", "b") == "ab"

          def test_lists(self):
              assert add([1], [2]) == [2, 1]
    `),
        ],
        {},
        { services },
      );
      expect(kept.map((record) => (record as Example).response)).toEqual([
        dedent(`
      import itertools

      @pytest.fixture
      def two():
          return next(itertools.count(2))

      def test_add(two):
          assert add(1, two) == 3


      class TestAdd:
          def test_texts(self):
              assert add("a", "b") == "ab"
    `),
      ]);
      expect(verdictsOf(kept[0] as Example)).toEqual(["test_add passed", "TestAdd::test_texts passed"]);
      expect(rejected).toMatchObject([
        {
          reason: "suspected bug or wrong value: AssertionError: assert [1, 2] == [2, 1]",
          part: { target: "add", test: "TestAdd::test_lists" },
        },
        {
          reason: expect.stringMatching(/^suspected bug or wrong value: .+/u) as string,
          part: {
            test: "test_wrong",
            code: expect.stringMatching(/^@pytest[^]*\+ 1$/u) as string,
            verdict: { reason: "wrong-value" },
          },
        },
      ]);
    });

    it("drops tests that pass whatever the code does", async () => {
      const { kept, dropped } = await run(
        [tests("def test_add():\n    assert isinstance(add(1, 2), object)"), tests(goodTest)],
        {},
        { services },
      );
      expect(kept).toMatchObject([{ response: goodTest, evidence: { mutants: { killed: 1 } } }]);
      expect(dropped).toMatchObject([
        { reason: expect.stringMatching(/^too few mutants killed: 0 of [1-9]/u) as string },
      ]);
    });

    it("drops tests of code that does nothing, since no change of it could be noticed", async () => {
      const { dropped } = await run(
        [tests("def test_close():\n    assert close() is None", { name: "close" })],
        {},
        { services },
      );
      expect(dropped).toMatchObject([
        { reason: expect.stringMatching(/^no mutant: nothing of close can be changed/u) as string },
      ]);
    });

    it("takes a class away whose last test is gone", async () => {
      const { kept } = await run(
        [
          tests(`
      class TestWrong:
          value = 3

          def test_it(self):
              assert add(1, 1) == self.value

      ${goodTest}
    `),
        ],
        {},
        { services },
      );
      expect(responses(kept)).toEqual([goodTest]);
    });

    it("drops an example with no good test, and keeps every bad test for a person to look at", async () => {
      const { kept, dropped, rejected } = await run(
        [
          tests(`
      def test_add():
          assert add(1, 2) == 4

      def test_name():
          assert add(1, unknown) == 4
    `),
        ],
        {},
        { services },
      );
      expect(kept).toEqual([]);
      expect(dropped).toMatchObject([
        { reason: expect.stringMatching(/^no good test: suspected bug or wrong value: /u) as string },
      ]);
      expect(rejected).toMatchObject([
        { reason: expect.stringMatching(/^name: NameError/u) as string, part: { test: "test_name" } },
        {
          reason: expect.stringMatching(/^suspected bug or wrong value: /u) as string,
          part: { target: "add", test: "test_add", code: "def test_add():\n    assert add(1, 2) == 4" },
        },
      ]);
    });

    it("says what the answer had asked for of a test that lacks a module", async () => {
      const asked = tests("def test_add():\n    import nonsuch\n    assert add(1, 2) == 3");
      const { dropped, rejected } = await run(
        [Example.derive(asked, { labels: { ...asked.labels, requires: "nonsuch" } })],
        {},
        { services },
      );
      expect(dropped).toHaveLength(1);
      expect(rejected).toMatchObject([
        {
          reason: expect.stringMatching(
            pattern(
              /^import: .*No module named 'nonsuch'; its tests require nonsuch, which is to be installed where they /u,
              /run$/u,
            ),
          ) as string,
        },
      ]);
    });

    it("finds a test that depends on the hash seed to be flaky", async () => {
      const { dropped } = await run(
        [
          tests(`
      import sys

      def test_seed_zero():
          assert add(sys.flags.hash_randomization, 0) == 0
    `),
        ],
        {},
        { services },
      );
      expect(dropped).toMatchObject([{ reason: expect.stringMatching(/^no good test: flaky: /u) as string }]);
    });

    it("keeps the tests before a broken one", async () => {
      const { kept, rejected } = await run(
        [
          tests(`
      ${goodTest}

      def test_cut_off():
          assert add(1,
    `),
        ],
        {},
        { services },
      );
      expect(responses(kept)).toEqual([goodTest]);
      expect(rejected).toMatchObject([
        { reason: expect.stringMatching(/^syntax: /u) as string, part: { code: "def test_cut_off():" } },
      ]);
    });

    it("keeps no test that never runs", async () => {
      const { kept, rejected } = await run(
        [
          tests(`
      def test_add():
          assert add(1, 2) == 4

      def test_add():
          assert add(1, 2) == 3

      class TestMore:
          def __init__(self):
              self.one = 1

          def test_more(self):
              assert add(self.one, 1) == 3
    `),
        ],
        {},
        { services },
      );
      expect(responses(kept)).toEqual([goodTest]);
      expect(rejected.map(({ reason }) => reason)).toEqual(
        expect.arrayContaining(["shadowed: a later test has its name", "not collected: pytest does not run it"]),
      );
    });

    it("refuses cheats and endless loops, and goes on", async () => {
      const { kept, dropped } = await run(
        [
          tests("def test_nothing():\n    assert True"),
          tests("def test_endless():\n    while True:\n        add(1, 2)\n    assert add(1, 2) == 3"),
          tests(goodTest),
        ],
        { timeout: 1, runs: 1 },
        { services },
      );
      expect(dropped.map(({ reason }) => reason.split(": ")[1]).toSorted()).toEqual(["cheat", "timeout"]);
      expect(responses(kept)).toEqual([goodTest]);
    });

    it("runs nothing twice", async () => {
      const memo = new Map<string, unknown>();
      let runs = 0;
      const counting = {
        ...services,
        sandbox: {
          ...sandbox,
          runTests: (request: Parameters<Sandbox["runTests"]>[0]) => {
            runs += 1;
            return sandbox.runTests(request);
          },
        },
      };
      const first = await run([tests(goodTest)], {}, { services: counting, memo });
      expect(await run([tests(goodTest)], {}, { services: counting, memo })).toEqual(first);
      expect(runs).toBe(1);
      await run([tests(goodTest)], { runs: 2 }, { services: counting, memo });
      expect(runs).toBe(2);
    });

    it("fails the examples of a source that has no environment, and no others", async () => {
      const missing = new PipelineError("what shop 2 needs cannot be installed: no wheel", { code: "python" });
      const partly = {
        ...services,
        sandbox: {
          ...sandbox,
          identity: async (source: Parameters<Sandbox["identity"]>[0]) => {
            if (source?.version === "2") throw missing;
            return await sandbox.identity(source);
          },
        },
      };
      const other = tests(goodTest, { version: "2" });
      const { kept, failed } = await run([other, tests(goodTest)], {}, { services: partly });
      expect(kept).toHaveLength(1);
      expect(failed).toMatchObject([
        {
          record: other.id,
          code: "environment",
          reason: "no environment for its source: what shop 2 needs cannot be installed: no wheel",
        },
      ]);
    });

    it("does not remember a run that the sandbox lost", async () => {
      const memo = new Map<string, unknown>();
      const losing = {
        ...services,
        sandbox: {
          ...sandbox,
          runTests: async () => ({
            verdicts: [],
            fileError: { outcome: "error" as const, reason: "infra" as const, detail: "the runner has ended" },
            coverage: null,
          }),
        },
      };
      const lost = await run([tests(goodTest)], {}, { services: losing, memo });
      expect(lost.failed).toMatchObject([
        {
          code: "sandbox-lost",
          reason: "the sandbox lost the run: the runner has ended",
          fix: expect.stringContaining("run it again") as string,
        },
      ]);
      expect((await run([tests(goodTest)], {}, { services, memo })).kept).toHaveLength(1);
    });

    it("does not take a test for a wrong conversion, nor remember it, where its original's run was lost", async () => {
      const memo = new Map<string, unknown>();
      const plain = tests("def test_add():\n    assert add(1, 2) == 4");
      const written = {
        ...plain,
        evidence: {
          ...plain.evidence,
          originals: [
            {
              test: "test_add",
              kind: "pytest" as const,
              path: "test_prices.py",
              lines: [1, 2] as [number, number],
              name: "test_add",
            },
          ],
        },
      };
      const losing = {
        ...services,
        sandbox: {
          ...sandbox,
          runOriginal: async () => ({
            outcome: "error" as const,
            reason: "infra" as const,
            detail: "the runner has ended",
          }),
        },
      };
      expect((await run([written], { runs: 1 }, { services: losing, memo })).failed).toMatchObject([
        { code: "sandbox-lost", reason: "the sandbox lost the run: the runner has ended" },
      ]);
      expect((await run([written], { runs: 1 }, { services, memo })).rejected).toMatchObject([
        { code: "unconfirmed", reason: expect.stringMatching(/^unconfirmed: .*test_prices\.py/u) as string },
      ]);
    });

    it("runs nothing that another stage has run", async () => {
      const memo = new Map<string, unknown>();
      let runs = 0;
      const counting = {
        ...services,
        sandbox: {
          ...sandbox,
          runTests: async (request: Parameters<Sandbox["runTests"]>[0]) => {
            runs += 1;
            return await sandbox.runTests(request);
          },
        },
      };
      await run([tests(goodTest)], { runs: 1, kills: 0 }, { services: counting, memo });
      await runStage(
        { ...verify, name: "verify-again", version: 9 },
        [tests(goodTest)],
        { runs: 1, kills: 0 },
        { services: counting, memo },
      );
      expect(runs).toBe(1);
    });

    it("does not take a lost run on mutants for tests that notice nothing", async () => {
      const memo = new Map<string, unknown>();
      const lost = new PipelineError("a run on mutants was lost: the runner has ended", { code: "sandbox" });
      const losing = { ...services, sandbox: { ...sandbox, mutate: async () => await Promise.reject(lost) } };
      expect((await run([tests(goodTest)], { runs: 1 }, { services: losing, memo })).failed).toMatchObject([
        { code: "sandbox-lost", reason: "the sandbox lost the run: a run on mutants was lost: the runner has ended" },
      ]);
      expect((await run([tests(goodTest)], { runs: 1 }, { services, memo })).kept).toHaveLength(1);
    });

    it("passes examples of other tasks through", async () => {
      const other = example("42", { task: "question" });
      expect((await run([other], {}, { services })).kept).toEqual([other]);
    });
  },
  {
    inputs: ["1, 1) == 2", "1, 1) == 3", '"a", "b") == "ab"'].map((rest) =>
      tests(`def test_add():\n    assert add(${rest}\n\ndef test_again():\n    assert add(${rest}`),
    ),
    options: { runs: 2 },
    surroundings: { services },
  },
);

const goodTest = "def test_add():\n    assert add(1, 2) == 3";

function responses(kept: readonly object[]): string[] {
  return kept.map((record) => (record as Example).response);
}

function verdictsOf({ evidence }: Example): string[] {
  return PytestEvidence.is(evidence) ? evidence.verdicts.map(({ test, outcome }) => `${test} ${outcome}`) : [];
}
