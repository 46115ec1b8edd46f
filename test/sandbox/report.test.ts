import { describe, expect, it } from "vitest";
import type { ChildEnd } from "../../pipeline/sandbox/protocol.js";
import { mergeRuns, readReport } from "../../pipeline/sandbox/verdicts.js";

const passing = [
  { collected: ["test_a"] },
  { start: "test_a" },
  { test: "test_a", phase: "call", parameters: "", error: null },
  { end: "test_a" },
  { done: "nonce", finished: 1 },
];
const ended = (lines: readonly object[], how: Partial<ChildEnd> = {}): ChildEnd => ({
  report: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  limit: null,
  status: 0,
  ...how,
});
const isPass = (end: ChildEnd) => {
  const report = readReport(end, "nonce");
  return report.type === "complete" && report.verdicts.every(({ outcome }) => outcome === "passed");
};

describe("a report", () => {
  it("counts when it is whole", () => {
    expect(isPass(ended(passing))).toBe(true);
  });

  it.each<[string, ChildEnd]>([
    ["its last line is missing", ended(passing.slice(0, -1))],
    ["its last line is cut short", { ...ended(passing), report: ended(passing).report.slice(0, -2) }],
    ["its nonce is another one", ended([...passing.slice(0, -1), { done: "guess", finished: 1 }])],
    ["fewer tests finished than were collected", ended([{ collected: ["test_a", "test_b"] }, ...passing.slice(1)])],
    [
      "it claims more than it tells",
      ended([{ collected: ["test_a", "test_b"] }, ...passing.slice(1, -1), { done: "nonce", finished: 2 }]),
    ],
    ["something follows its end", ended([...passing, { start: "test_b" }])],
    ["the process ended by a signal", ended(passing, { status: -9 })],
    ["the process ended with another code than 0", ended(passing, { status: 1 })],
    ["a limit was passed", ended(passing, { limit: "memory" })],
    ["a test was never called", ended([...passing.slice(0, 2), ...passing.slice(3)])],
    ["nothing was collected", ended([{ collected: [] }, { done: "nonce", finished: 0 }])],
    ["part of the file could not be collected", ended([{ collect: { reason: "import", detail: "" } }, ...passing])],
    ["a line in the middle is no JSON", { ...ended(passing), report: `nonsense\n${ended(passing).report}` }],
    ["it is empty", ended([])],
  ])("counts for nothing where %s", (_, end) => {
    expect(isPass(end)).toBe(false);
  });
});

describe("runs under several hash seeds", () => {
  const passed = {
    verdicts: [{ test: "test_a", outcome: "passed", reason: null, detail: "" }],
    fileError: null,
    coverage: null,
  } as const;
  const failed = {
    verdicts: [{ test: "test_a", outcome: "failed", reason: "raised", detail: "KeyError" }],
    fileError: null,
    coverage: null,
  } as const;
  const broken = {
    verdicts: [],
    fileError: { outcome: "error", reason: "import", detail: "no" },
    coverage: null,
  } as const;
  const lost = {
    verdicts: [],
    fileError: { outcome: "error", reason: "infra", detail: "no runner" },
    coverage: null,
  } as const;
  const merged = (...results: (typeof passed | typeof failed | typeof broken | typeof lost)[]) =>
    mergeRuns(results.map((result, seed) => ({ seed, result })));

  it("pass where all of them pass", () => {
    expect(merged(passed, passed)).toEqual(passed);
  });
  it("fail where all of them fail", () => {
    expect(merged(failed, failed)).toEqual(failed);
  });
  it("are flaky where they differ", () => {
    expect(merged(passed, failed).verdicts).toMatchObject([
      { outcome: "failed", reason: "flaky", detail: "passes with hash seed 0, not with 1: KeyError" },
    ]);
    expect(merged(broken, passed).verdicts).toMatchObject([{ outcome: "failed", reason: "flaky" }]);
  });
  it("keep the file's error where every run has it", () => {
    expect(merged(broken, broken)).toEqual(broken);
  });
  it("do not call a test flaky for what the machine did", () => {
    expect(merged(passed, lost).verdicts).toMatchObject([{ outcome: "error", reason: "infra" }]);
  });
});
