import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Example } from "../../../pipeline/contract/records.js";
import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import type { Mutant, MutationResult } from "../../../pipeline/contract/mutation.js";
import type { Coverage } from "../../../pipeline/contract/test-run.js";
import verify from "../../../stages/tests/verify.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { runStage } from "../../support/run-stage.js";
import { pytestExample } from "./verify-example.js";

let shop: Sandboxed;
beforeAll(async () => {
  shop = await sandboxed({ "prices.py": "def add(a, b):\n    return a + b\n" });
});
afterAll(async () => await shop.close());

const twoTests = "def test_add():\n    assert add(1, 2) == 3\n\n\ndef test_texts():\n    assert add('a', 'b') == 'ab'";

describe("verify", () => {
  it("keeps an example whose tests kill as many mutants as were asked for, with the figures", async () => {
    const { kept, asked } = await verified(
      { kills: 2 },
      { mutants: mutants("killed", "survived", "killed"), total: 7 },
    );
    expect(kept).toMatchObject([
      { response: twoTests, evidence: { mutants: { killed: 2, run: 3, total: 7 }, coverage: null } },
    ]);
    expect(asked).toMatchObject([
      {
        tests: ["test_add", "test_texts"],
        target: { module: "prices", qualifiedName: "add" },
        limit: 20,
        enough: 2,
        hashSeed: 0,
      },
    ]);
  });

  it("drops an example whose tests notice nothing; a timeout is no kill", async () => {
    const { kept, dropped } = await verified({ kills: 1 }, { mutants: mutants("survived", "timeout"), total: 2 });
    expect(kept).toEqual([]);
    expect(dropped).toMatchObject([
      { reason: "too few mutants killed: 0 of 2, at least 1 asked for; 1 ran out of time, which is no kill" },
    ]);
  });

  it("drops an example of a target that has no mutant, since nothing could show what its tests look at", async () => {
    const { dropped } = await verified({ kills: 1 }, { mutants: [], total: 0 });
    expect(dropped).toMatchObject([
      { reason: expect.stringMatching(/^no mutant: nothing of add can be changed/u) as string },
    ]);
  });

  it("runs mutants on the tests that are left alone", async () => {
    const { kept, asked } = await verified(
      { kills: 1 },
      { mutants: mutants("killed"), total: 3 },
      { code: `${twoTests}\n\n\ndef test_wrong():\n    assert add(1, 1) == 3` },
    );
    expect(kept).toMatchObject([{ response: twoTests }]);
    expect(asked).toMatchObject([
      { code: expect.not.stringContaining("test_wrong") as string, tests: ["test_add", "test_texts"] },
    ]);
  });

  it("runs no mutant where none is asked for", async () => {
    const { kept, asked } = await verified({ kills: 0 }, { mutants: [], total: 0 });
    expect(kept).toMatchObject([{ evidence: { mutants: null, coverage: null } }]);
    expect(asked).toEqual([]);
  });

  it("measures all that there is, whatever the gates ask for", async () => {
    const coverage = {
      lines: { covered: 3, total: 4 },
      branches: { covered: 0, total: 0 },
      missing: [2],
      missingBranches: [],
    };
    const { kept, asked } = await verified(
      { kills: 0, measure: true, mutants: 5 },
      { mutants: mutants("survived"), total: 1 },
      { coverage },
    );
    expect(kept).toMatchObject([
      { evidence: { mutants: { killed: 0, run: 1, total: 1 }, coverage: { lines: 0.75, branches: 1 } } },
    ]);
    expect(asked).toMatchObject([{ limit: 5, enough: null }]);
  });

  it("drops an example that runs too little of its target, before any mutant is run", async () => {
    const coverage = {
      lines: { covered: 1, total: 3 },
      branches: { covered: 0, total: 2 },
      missing: [2, 3],
      missingBranches: [
        [1, 2],
        [1, 3],
      ] as const,
    };
    const { dropped, asked } = await verified({ kills: 1, coverage: 0.5 }, { mutants: [], total: 0 }, { coverage });
    expect(dropped).toMatchObject([{ reason: "coverage: 33 % of the target's lines, at least 50 % asked for" }]);
    expect(asked).toEqual([]);
  });

  it("does not take a target that cannot be measured for one that is covered", async () => {
    const { dropped } = await verified({ coverage: 0.1 }, { mutants: [], total: 0 });
    expect(dropped).toMatchObject([{ reason: "coverage: it cannot be measured for this target" }]);
  });

  it("runs no mutant twice", async () => {
    const memo = new Map<string, unknown>();
    const result = { mutants: mutants("killed"), total: 1 };
    const first = await verified({ kills: 1 }, result, { memo });
    const again = await verified({ kills: 1 }, result, { memo });
    expect([first.asked.length, again.asked.length]).toEqual([1, 0]);
    expect(again.kept).toEqual(first.kept);
    expect((await verified({ kills: 1, mutants: 3 }, result, { memo })).asked).toHaveLength(1);
  });
});

interface Case {
  readonly code?: string;
  readonly coverage?: Coverage;
  readonly memo?: Map<string, unknown>;
}

/** The real sandbox runs the tests; what mutants and coverage say is given, so that each gate can be seen by itself. */
async function verified(options: object, result: MutationResult, { code = twoTests, coverage, memo }: Case = {}) {
  const asked: Parameters<Sandbox["mutate"]>[0][] = [];
  const sandbox: Sandbox = {
    ...shop.api,
    runTests: async (request) => ({
      ...(await shop.api.runTests({ ...request, coverage: false })),
      coverage: (request.coverage === true ? coverage : undefined) ?? null,
    }),
    mutate: async (request) => {
      asked.push(request);
      return result;
    },
  };
  const { kept, dropped } = await runStage(
    verify,
    [pytestExample(code)],
    { runs: 1, ...options },
    { services: { sandbox }, ...(memo !== undefined && { memo }) },
  );
  return { kept: kept as Example[], dropped, asked };
}

function mutants(...outcomes: Mutant["outcome"][]): Mutant[] {
  return outcomes.map((outcome, index) => ({
    operator: "arithmetic",
    line: index + 2,
    diff: "-    return a + b\n+    return a - b\n",
    outcome,
    killedBy: outcome === "killed" ? "test_add" : null,
  }));
}
