import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { diffLines } from "diff";
import { afterAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import type { Example } from "../../pipeline/contract/records.js";
import type { Target } from "../../stages/python/lib/records.js";
import gold from "../../stages/evaluate/gold.js";
import pairs from "../../stages/evaluate/pairs.js";
import { buggyText } from "../../stages/evaluate/lib/buggy.js";
import { openBenchmark } from "../stages/evaluate/pairs/benchmark.js";
import { runStage } from "../support/run-stage.js";
import { PytestEvidence } from "../../stages/tests/lib/evidence/pytest-evidence.js";

const folder = join(packageRoot, "data/pairs");
const read = (path: string) => readFileSync(join(folder, path), "utf8");
const programs = readdirSync(join(folder, "correct_python_programs")).map((file) => file.replace(/\.py$/u, ""));

const benchmark = await openBenchmark(folder);
afterAll(async () => await benchmark.close());
const { kept: targets } = await runStage(pairs, benchmark.inputs, {}, benchmark.surroundings);
const golden = await runStage(gold, targets, {}, benchmark.surroundings);

it("holds at least forty programs, each a function of its file's name, with tests for all of them", () => {
  expect(programs.length).toBeGreaterThanOrEqual(40);
  expect(targets.map((record) => (record as Target).name).toSorted()).toEqual(programs.toSorted());
  expect(golden).toMatchObject({ dropped: [], rejected: [], failed: [] });
  expect(golden.kept.map((record) => targetOf(record as Example)).toSorted()).toEqual(programs.toSorted());
});

it("has nothing that belongs to no program", () => {
  expect(namesIn("python_programs", /^(.+)\.py$/u)).toEqual(programs.toSorted());
  const tested = [...namesIn("json_testcases", /^(.+)\.json$/u), ...namesIn("python_testcases", /^test_(.+)\.py$/u)];
  for (const name of tested) expect(programs).toContain(name);
});

describe.each(programs)("%s", (name) => {
  const target = targets.find((record) => (record as Target).name === name) as Target;
  const row = golden.kept.find((record) => targetOf(record as Example) === name) as Example;

  it("has a bug in exactly one line", () => {
    const lines = diffLines(read(`correct_python_programs/${name}.py`), read(`python_programs/${name}.py`));
    const changes = lines.filter(({ added, removed }) => added || removed);
    expect(changes).toMatchObject([{ removed: true, count: 1 }, { added: true, count: 1 }]);
  });

  it("is annotated, and says what it does without showing an answer", () => {
    expect([...target.parameters.map(({ annotation }) => annotation), target.returns]).not.toContain(null);
    expect(target.docstring).toMatch(/^[A-Z][^]{20,}\.$/u);
    expect(target.docstring).not.toContain(">>>");
  });

  it("passes its tests, and its buggy form does not", async () => {
    const bug = (await buggyText(benchmark.tree.folder, target)) ?? "";
    const [correct, buggy] = await Promise.all([benchmark.run(row), benchmark.run(row, bug)]);
    expect(correct).toMatchObject({ fileError: null });
    expect(correct.verdicts.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(buggy.fileError).toBeNull();
    expect(buggy.verdicts.filter(({ reason }) => reason === "wrong-value" || reason === "raised")).not.toEqual([]);
  });
});

function targetOf({ evidence }: Example): string {
  return PytestEvidence.is(evidence) ? evidence.target.name : "";
}

function namesIn(inner: string, pattern: RegExp): string[] {
  return readdirSync(join(folder, inner)).map((file) => pattern.exec(file)?.[1] ?? file).toSorted();
}
