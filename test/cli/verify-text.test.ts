import { expect, it } from "vitest";
import type { CheckReport } from "../../pipeline/cli/verify/run.js";
import { reportText } from "../../pipeline/cli/verify/text.js";

const passed: CheckReport["tests"][number] = {
  file: "a_test.py",
  name: "test_a",
  outcome: "passed",
  reason: null,
  detail: "",
  proves: true,
  note: null,
  targets: [],
};
const mutants = { killed: 1, survived: 0, timeouts: 0, run: 1, total: 1 };
const target: CheckReport["targets"][number] = {
  file: "b_test.py",
  name: "shop.add",
  path: null,
  line: null,
  tests: ["test_b"],
  coverage: null,
  mutants,
  survivors: [],
};

it("never shows a run that the sandbox lost as a verdict", () => {
  const text = reportText(
    {
      tests: [
        passed,
        { ...passed, file: "b_test.py", name: null, outcome: "error", reason: "infra", detail: "the runner has ended" },
      ],
      targets: [target],
      lost: [],
      sandbox: "none",
    },
    { colour: false },
  );
  expect(text).toContain("? b_test.py  not judged, the sandbox lost its run: the runner has ended");
  expect(text).toContain("1 of 2 tests passed  ·  1 not judged");
});

it("says what could not be judged, and does not call its tests aimless", () => {
  const report = {
    tests: [passed],
    targets: [target],
    lost: [{ file: "a_test.py", name: "shop.half", detail: "no memory is left" }],
    sandbox: "none",
  };
  const text = reportText(report, { colour: false });
  expect(text).toContain("Not judged: shop.half by the tests of a_test.py; the sandbox lost a run: no memory is left");
  expect(text).not.toContain("assert nothing");
  expect(reportText({ ...report, lost: [] }, { colour: false })).toContain(
    "assert nothing of a function of the source that could be found: test_a",
  );
});
