import { afterAll, beforeAll, expect, it } from "vitest";
import { type Example, type Score, type Target, unverified } from "../../pipeline/records.js";
import type { MutationRun, Sandbox } from "../../pipeline/sandbox.js";
import score from "../../stages/score.js";
import { sandboxed, type Sandboxed } from "../sandbox/sandboxed.js";
import { example, target } from "../support/records.js";
import type { StageSurroundings } from "../support/run-stage.js";
import { stageTest } from "../support/stage-test.js";

const correct = "def clamp(value, low, high):\n    if value < low:\n        return low\n    if value > high:\n        return high\n    return value\n";
const buggy = correct.replace("if value > high:\n        return high", "if value > high:\n        return low");

let shop: Sandboxed;
beforeAll(async () => {
  shop = await sandboxed({ "correct_python_programs/clamp.py": correct, "python_programs/clamp.py": buggy, "prices.py": correct });
});
afterAll(async () => await shop.close());

/** Calls go to a sandbox that is made before the tests run. */
const sandbox: Sandbox = {
  runTests: (request) => shop.api.runTests(request),
  mutate: (request) => shop.api.mutate(request),
  record: (request) => shop.api.record(request),
  identity: (source) => shop.api.identity(source),
};
const surroundings: StageSurroundings = { services: { sandbox, sources: { fetch: async () => shop.tree, tree: async () => shop.tree } } };

stageTest(score, ({ run }) => {
  it("scores a suite that tells the target from its mutants and from its buggy twin", async () => {
    const { kept } = await run({ targets: [pair], tests: [tests(good, { teacher: "human" })] }, {}, surroundings);
    expect(scores(kept)["human"]).toMatchObject({
      syntax: 1, collected: 1, grounded: 1, testPassRate: 1, suitePassAt1: 1, salvaged: 1, stable: 1, lineCoverage: 1, branchCoverage: 1, bugDetection: 1,
      tests: 3, passed: 3, tokens: null,
    });
    expect(scores(kept)["human"]?.["mutationScore"]).toBeGreaterThan(0.8);
  });
});

const good = `def test_inside():
    assert clamp(2, 1, 3) == 2
    assert clamp(1, 1, 3) == 1

def test_below():
    assert clamp(0, 1, 3) == 1

def test_above():
    assert clamp(4, 1, 3) == 3`;

const pair = targetAt("correct_python_programs/clamp.py", "correct_python_programs.clamp");

function targetAt(path: string, module: string): Target {
  const source = { ref: "folder:shop", name: "sample", version: "1", licence: "LicenseRef-own", path, lines: [1, 6] as [number, number] };
  return target({ name: "clamp", qualifiedName: "clamp", module, code: correct, source });
}

function tests(code: string, labels: Example["labels"], of: Target = pair): Example {
  const evidence = unverified({ id: of.id, kind: "function", name: "clamp", qualifiedName: "clamp", module: of.module }, `import pytest\n\nfrom ${of.module} import clamp\n`);
  return example(code, { evidence, source: of.source, labels });
}

/** The metrics of each contestant, of one target. */
function scores(kept: readonly object[]): Record<string, Score["metrics"]> {
  return Object.fromEntries(kept.map((record) => [(record as Score).model, (record as Score).metrics]));
}
