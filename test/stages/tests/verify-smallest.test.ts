import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Example } from "../../../pipeline/contract/records.js";
import type { Expectation, OriginalTest } from "../../../stages/tests/lib/evidence/schema.js";
import verify from "../../../stages/tests/verify.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { runStage } from "../../support/run-stage.js";
import { dedent, pytestExample } from "./verify-example.js";
import { PytestEvidence } from "../../../stages/tests/lib/evidence/pytest-evidence.js";

const prices = `
def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return high
    return value


class Stack:
    def __init__(self, items):
        self.items = list(items)

    def top(self):
        return self.items[-1]


def label(text, mark="*"):
    return mark + text.upper()


def close():
    pass


def ticket(state=[]):
    state.append(1)
    return len(state)
`;

let shop: Sandboxed;
beforeAll(async () => {
  shop = await sandboxed({ "prices.py": prices });
});
afterAll(async () => await shop.close());

const below = "def test_below_low():\n    assert clamp(-5, 0, 10) == 0";
const above = "def test_above_high():\n    assert clamp(50, 0, 10) == 10";
const inside = "def test_inside():\n    assert clamp(5, 0, 10) == 5";

describe("verify with the smallest set", () => {
  it("leaves out a test that notices nothing which the others do not notice, and says so as no failure", async () => {
    const { kept, rejected } = await verified(
      `${below}\n\n\n${above}\n\n\n${inside}\n\n\ndef test_inside_too():\n    assert clamp(6, 0, 10) == 6`,
    );
    expect(responses(kept)).toEqual([`${below}\n\n\n${above}\n\n\n${inside}`]);
    expect(rejected).toMatchObject([
      {
        part: {
          target: "clamp",
          test: "test_inside_too",
          code: "def test_inside_too():\n    assert clamp(6, 0, 10) == 6",
        },
        reason: "redundant: the tests that are kept notice every change that it notices",
      },
    ]);
    expect(verdicts(kept)).toEqual([["test_below_low", "test_above_high", "test_inside"]]);
  });

  it("kills what all of them killed, by the figures of a run of what is left", async () => {
    const all = await verified(`${below}\n\n\n${above}\n\n\n${inside}`, { smallest: false, measure: true });
    const { kept } = await verified(`${below}\n\n\n${above}\n\n\n${inside}\n\n\n${inside.replace("inside", "again")}`);
    expect(mutantsOf(kept)).toEqual(mutantsOf(all.kept));
    expect(mutantsOf(kept)[0]?.killed).toBeGreaterThan(3);
  });

  it("makes a test of each of several assertions that share nothing, so that each counts by itself", async () => {
    const { kept } = await verified(`
      def test_clamp():
          assert clamp(-5, 0, 10) == 0
          # The other end.
          assert clamp(50, 0, 10) == 10
          assert clamp(-6, 0, 10) == 0
          assert clamp(5, 0, 10) == 5
    `);
    expect(responses(kept)[0]?.match(/^def /gmu)).toHaveLength(3);
    expect(responses(kept)[0]).toContain("    # The other end.\n    assert clamp(50, 0, 10) == 10");
    expect(responses(kept)[0]).not.toContain("-6");
  });

  it("keeps the good assertions of a test of which another one is wrong", async () => {
    const { kept, rejected } = await verified(
      "def test_clamp():\n    assert clamp(-5, 0, 10) == 0\n    assert clamp(50, 0, 10) == 11",
    );
    expect(responses(kept)[0]).toContain("assert clamp(-5, 0, 10) == 0");
    expect(rejected).toMatchObject([{ reason: expect.stringMatching(/^suspected bug or wrong value/u) as string }]);
  });

  it("keeps assertions together that look at one thing, without those that notice nothing more", async () => {
    const { kept } = await verified(
      `
      def test_top():
          stack = Stack([1, 2])
          assert stack.top() == 2
          assert isinstance(stack, Stack)
          assert stack.top() != 1
    `,
      {},
      { name: "Stack" },
    );
    expect(responses(kept)).toEqual(["def test_top():\n    stack = Stack([1, 2])\n    assert stack.top() == 2"]);
  });

  it("leaves a test whole whose assertions do not hold alone", async () => {
    const test =
      "def test_counts_calls():\n    calls = []\n    assert ticket(calls) == 1\n    assert ticket(calls) == 2";
    const { kept } = await verified(`${test}\n\n\n${test.replace("calls()", "again()")}`, {}, { name: "ticket" });
    expect(responses(kept)).toEqual([test]);
  });

  it("rather keeps plain inputs than computed ones, and what the model had right than what was recorded", async () => {
    const computed = "def test_computed():\n    low = 0\n    assert clamp(-5, low, 2 * 5) == 0";
    const recorded = "def test_recorded():\n    assert clamp(-5, 0, 1) == 0";
    const expectations = [
      { test: "test_recorded", asked: "clamp(-5, 0, 1)", expected: "1", recorded: "0" },
      { test: "test_below_low", asked: "clamp(-5, 0, 10)", expected: "0", recorded: null },
    ];
    const { kept } = await verified([computed, recorded, below].join("\n\n\n"), {}, { expectations });
    expect(responses(kept)).toEqual([below]);
    expect(expectationsIn(kept)).toEqual([{ ...expectations[0], test: null }, expectations[1]]);
  });

  it("says of what a model expected which part of a split test holds it", async () => {
    const expectations = [
      { test: "test_clamp", asked: "clamp(50, 0, 10)", expected: "50", recorded: "10" },
      { test: "test_clamp", asked: "clamp(-5, 0, 10)", expected: "0", recorded: null },
    ];
    const { kept } = await verified(
      "def test_clamp():\n    assert clamp(-5, 0, 10) == 0\n    assert clamp(50, 0, 10) == 10",
      {},
      { expectations },
    );
    const names = verdicts(kept)[0] ?? [];
    expect(expectationsIn(kept)?.map(({ test }) => names.indexOf(test ?? ""))).toEqual([1, 0]);
  });

  it("leaves out whole tests alone of what a person wrote", async () => {
    const both = "def test_both():\n    assert clamp(-5, 0, 10) == 0\n    assert clamp(50, 0, 10) == 10";
    const originals = [original("test_both"), original("test_below_low")];
    const { kept } = await verified(`${below}\n\n\n${both}`, {}, { originals });
    expect(responses(kept)).toEqual([both]);
    expect(kept).toMatchObject([{ evidence: { originals: [{ test: "test_both" }] } }]);
  });

  it("keeps one test where nothing is noticed and nobody has to notice anything", async () => {
    const { kept } = await verified(
      "def test_closed():\n    assert close() is None\n\n\ndef test_close():\n    result = close()\n    assert " +
        "result is None",
      { kills: 0 },
      { name: "close" },
    );
    expect(responses(kept)).toEqual(["def test_closed():\n    assert close() is None"]);
  });

  it(
    "gives tests names by what they check, and leaves those that say so already, unless the value that they may " +
      "speak of was wrong",
    async () => {
      const { kept } = await verified(
        `
      def test_clamp():
          assert clamp(-5, 0, 10) == 0


      def test_above_high():
          assert clamp(50, 0, 10) == 10


      def test_returns_low():
          assert clamp(5, 1, 10) == 5
    `,
        {},
        { expectations: [{ test: "test_returns_low", asked: "clamp(5, 1, 10)", expected: "1", recorded: "5" }] },
      );
      expect(verdicts(kept)).toEqual([
        ["test_clamp_with_negative_value_and_zero_low", "test_above_high", "test_clamp_with_5_1_10"],
      ]);
      expect(expectationsIn(kept)?.[0]?.test).toBe("test_clamp_with_5_1_10");
    },
  );

  it("loses no test to another one of its name", async () => {
    const { kept, rejected } = await verified(
      "def test_label():\n    assert label('a') == '*A'\n\n\ndef test_label():\n    assert label('', mark='') == ''",
      { mutants: 1 },
      { name: "label" },
    );
    expect(rejected.map(({ reason }) => reason)).toEqual([
      "redundant: the tests that are kept notice every change that it notices",
    ]);
    expect(verdicts(kept)).toEqual([["test_label_with_a"]]);
  });

  it("drops an example whose tests notice nothing, as without it", async () => {
    const { dropped } = await verified(
      "def test_a():\n    assert clamp(1, 0, 2) is not None\n\n\ndef test_b():\n    assert callable(clamp) or " +
        "clamp(1, 1, 1)",
      { kills: 3 },
    );
    expect(dropped).toMatchObject([{ reason: expect.stringMatching(/^too few mutants killed/u) as string }]);
  });
});

interface Case {
  readonly name?: string;
  readonly expectations?: Expectation[];
  readonly originals?: OriginalTest[];
}

async function verified(code: string, options: object = {}, { name = "clamp", ...more }: Case = {}) {
  const written = pytestExample(dedent(code), { name });
  const example = { ...written, evidence: { ...written.evidence, ...more } } as Example;
  const { kept, dropped, rejected } = await runStage(
    verify,
    [example],
    { smallest: true, ...options },
    { services: { sandbox: shop.api, sources: { fetch: async () => shop.tree, tree: async () => shop.tree } } },
  );
  return { kept: kept as Example[], dropped, rejected };
}

function responses(kept: readonly Example[]): string[] {
  return kept.map(({ response }) => response);
}

function verdicts(kept: readonly Example[]): string[][] {
  return kept.map(({ evidence }) => (PytestEvidence.is(evidence) ? evidence.verdicts.map(({ test }) => test) : []));
}

function mutantsOf(kept: readonly Example[]) {
  return kept.map(({ evidence }) => (PytestEvidence.is(evidence) ? evidence.mutants : null));
}

function expectationsIn([kept]: readonly Example[]): Expectation[] | undefined {
  return kept !== undefined && PytestEvidence.is(kept.evidence) ? kept.evidence.expectations : undefined;
}

function original(test: string): OriginalTest {
  return { test, kind: "pytest", path: "tests/test_prices.py", lines: [1, 2], name: test };
}
