import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

const calc = `
import time

class Account:
    def __init__(self):
        self.balance = 0

    def add(self, amount):
        self.balance += amount
        return self.balance

def double(x):
    return x + x

def first_of_a_set(*items):
    return next(iter(set(items)))

def spin():
    while True:
        pass
`;

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({
    "calc.py": calc,
    "unreadable.py": "def broken(:\n",
    "leaving.py": "import sys\nsys.exit(3)\n",
  });
});
afterAll(() => box.close());

const imports = "import pytest\nfrom calc import Account, double, first_of_a_set, spin\n\n";
const verdict = async (test: string, options = {}) =>
  (await box.run(`${imports}${test}\n`, { target: "double", ...options })).verdicts[0];

describe("a test", () => {
  it("passes", async () => {
    expect(await verdict("def test_a():\n    assert double(2) == 4")).toEqual({
      test: "test_a",
      outcome: "passed",
      reason: null,
      detail: "",
    });
  });

  it.each([
    ["wrong-value", "def test_a():\n    assert double(2) == 5", "AssertionError: assert 4 == 5 where 4 = double(2)"],
    [
      "wrong-value",
      "def test_a():\n    with pytest.raises(ValueError):\n        double(2)",
      "Failed: DID NOT RAISE ValueError",
    ],
    ["name", "def test_a():\n    assert double(nobody) == 5", "NameError: name 'nobody' is not defined"],
    [
      "raised",
      "def test_a():\n    assert double(None) == 5",
      "TypeError: unsupported operand type(s) for +: 'NoneType' and 'NoneType'",
    ],
    [
      "import",
      "def test_a():\n    import nowhere\n    assert double(2) == 4",
      "ModuleNotFoundError: No module named 'nowhere'",
    ],
    ["resource", "def test_a():\n    assert double(bytearray(10**12))", "MemoryError"],
  ])("fails for %s", async (reason, test, detail) => {
    expect(await verdict(test)).toEqual({ test: "test_a", outcome: "failed", reason, detail });
  });

  it.each([
    ["fixture", "def test_a(missing):\n    assert double(2) == 4", "fixture 'missing' not found"],
    [
      "fixture",
      "@pytest.fixture\ndef broken():\n    return [][0]\n\ndef test_a(broken):\n    assert double(2) == 4",
      "IndexError: list index out of range",
    ],
    ["timeout", "def test_a():\n    assert double(spin()) == 4", "used up its CPU time"],
    ["timeout", "def test_a():\n    import time\n    time.sleep(600)\n    assert double(2) == 4", "waited too long"],
    [
      "resource",
      "def test_a():\n    held = [bytearray(1 << 20) for _ in range(2000)]\n    assert double(len(held))",
      "used too much memory",
    ],
  ])("is an error for %s", async (reason, test, detail) => {
    expect(await verdict(test, { timeout: 1 })).toEqual({ test: "test_a", outcome: "error", reason, detail });
  });

  const right = "    assert double(2) == 4";
  const wrong = "    assert double(2) == 5";
  it.each<[as: string, ended: string, detail: string, code: string]>([
    ["a mark of its own", "passed", "", `@pytest.mark.slow\ndef test_a():\n${right}`],
    ["a mark of its own with arguments", "passed", "", `@pytest.mark.needs("disk", size=2)\ndef test_a():\n${right}`],
    [
      "a mark of its own on a parameter",
      "passed",
      "",
      `@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.slow), 2])\ndef test_a(x):\n    assert ` +
        `double(x) == x + x`,
    ],
    ["xfail", "skipped", "expected failure", `@pytest.mark.xfail\ndef test_a():\n${wrong}`],
    [
      "xfail with a reason",
      "skipped",
      "expected failure: later",
      `@pytest.mark.xfail(reason="later")\ndef test_a():\n${wrong}`,
    ],
    ["xfail that passes", "passed", "", `@pytest.mark.xfail\ndef test_a():\n${right}`],
    ["strict xfail", "skipped", "expected failure", `@pytest.mark.xfail(strict=True)\ndef test_a():\n${wrong}`],
    [
      "strict xfail that passes",
      "wrong-value",
      "[XPASS(strict)] later",
      `@pytest.mark.xfail(strict=True, reason="later")\ndef test_a():\n${right}`,
    ],
    [
      "xfail for what is raised",
      "skipped",
      "expected failure",
      `@pytest.mark.xfail(raises=TypeError)\ndef test_a():\n    assert double(None) == 4`,
    ],
    [
      "xfail for what is not raised",
      "wrong-value",
      "AssertionError: assert 4 == 5 where 4 = double(2)",
      `@pytest.mark.xfail(raises=TypeError)\ndef test_a():\n${wrong}`,
    ],
    [
      "xfail that is not run",
      "skipped",
      "expected failure: [NOTRUN] later",
      `@pytest.mark.xfail(run=False, reason="later")\ndef test_a():\n${right}`,
    ],
    [
      "xfail under a condition that holds",
      "skipped",
      "expected failure: later",
      `@pytest.mark.xfail(1 < 2, reason="later")\ndef test_a():\n${wrong}`,
    ],
    [
      "xfail under a condition that does not",
      "wrong-value",
      "AssertionError: assert 4 == 5 where 4 = double(2)",
      `@pytest.mark.xfail(1 > 2, reason="later")\ndef test_a():\n${wrong}`,
    ],
    ["xfail from inside", "skipped", "expected failure: later", `def test_a():\n    pytest.xfail("later")\n${right}`],
    ["skip", "skipped", "unconditional skip", `@pytest.mark.skip\ndef test_a():\n${right}`],
    ["skip with a reason", "skipped", "later", `@pytest.mark.skip(reason="later")\ndef test_a():\n${right}`],
    ["skipif that holds", "skipped", "later", `@pytest.mark.skipif("1 < 2", reason="later")\ndef test_a():\n${right}`],
    ["skipif that does not", "passed", "", `@pytest.mark.skipif(1 > 2, reason="later")\ndef test_a():\n${right}`],
    ["skip from inside", "skipped", "later", `def test_a():\n    pytest.skip("later")\n${right}`],
    [
      "importorskip",
      "skipped",
      "could not import 'nowhere': No module named 'nowhere'",
      `def test_a():\n    pytest.importorskip("nowhere")\n${right}`,
    ],
    ["unittest.skip", "skipped", "later", `import unittest\n@unittest.skip("later")\ndef test_a():\n${right}`],
    [
      "one parameter skipped",
      "passed",
      "",
      `@pytest.mark.parametrize("x", [2, pytest.param(3, marks=pytest.mark.skip)])\ndef test_a(x):\n${right}`,
    ],
    [
      "one parameter expected to fail",
      "passed",
      "",
      `@pytest.mark.parametrize("x", [4, pytest.param(5, marks=pytest.mark.xfail)])\ndef test_a(x):\n    assert ` +
        `double(2) == x`,
    ],
    [
      "a parameter strictly expected to fail that passes",
      "wrong-value",
      "[4-4] [XPASS(strict)]",
      `@pytest.mark.parametrize("x, y", [pytest.param(4, 4, marks=pytest.mark.xfail(strict=True))])\ndef test_a(x, ` +
        `y):\n    assert double(2) == x`,
    ],
    [
      "an xfail in the middle of its set-up",
      "skipped",
      "expected failure",
      `@pytest.fixture\ndef broken():\n    return [][0]\n\n@pytest.mark.xfail\ndef test_a(broken):\n${right}`,
    ],
  ])("with %s ends as pytest ends it", async (_as, ended, detail, code) => {
    const {
      verdicts: [seen],
      fileError,
    } = await box.run(`${imports}${code}\n`);
    expect([fileError, seen?.reason ?? seen?.outcome, seen?.detail]).toEqual([null, ended, detail]);
  });

  it.each<[as: string, ended: string, detail: string, code: string]>([
    [
      "expectedFailure",
      "skipped",
      "expected failure",
      "@unittest.expectedFailure\n    def test_a(self):\n        self.assertEqual(double(2), 5)",
    ],
    [
      "expectedFailure that passes",
      "wrong-value",
      "Failed: Unexpected success",
      "@unittest.expectedFailure\n    def test_a(self):\n        self.assertEqual(double(2), 4)",
    ],
    [
      "skipIf that holds",
      "skipped",
      "later",
      '@unittest.skipIf(True, "later")\n    def test_a(self):\n        self.assertEqual(double(2), 4)',
    ],
    [
      "skipUnless that holds",
      "passed",
      "",
      '@unittest.skipUnless(True, "later")\n    def test_a(self):\n        self.assertEqual(double(2), 4)',
    ],
    ["skipTest", "skipped", "later", 'def test_a(self):\n        self.skipTest("later")'],
    ["SkipTest raised", "skipped", "later", 'def test_a(self):\n        raise unittest.SkipTest("later")'],
    [
      "a set-up that skips",
      "skipped",
      "later",
      'def setUp(self):\n        self.skipTest("later")\n    def test_a(self):\n        self.assertEqual(double(2), 4)',
    ],
  ])("of unittest with %s ends as pytest ends it", async (_as, ended, detail, method) => {
    const {
      verdicts: [seen],
    } = await box.run(`${imports}import unittest\n\nclass TestA(unittest.TestCase):\n    ${method}\n`);
    expect([seen?.test, seen?.reason ?? seen?.outcome, seen?.detail]).toEqual(["TestA::test_a", ended, detail]);
  });

  it("may use what plain pytest gives it", async () => {
    const { verdicts } = await box.run(
      `${imports}
@pytest.mark.parametrize("value, expected", [(1, 2), (2, 4)])
def test_parameters(value, expected):
    assert double(value) == expected

def test_fixtures(tmp_path, capsys, monkeypatch):
    (tmp_path / "file").write_text("text")
    print(double(1))
    assert capsys.readouterr().out == "2\\n"

class TestAccount:
    def test_method(self):
        assert double(Account().add(3)) == 6

def test_processes():
    import subprocess, sys
    out = subprocess.run([sys.executable, "-c", "print(2)"], capture_output=True, text=True).stdout
    assert double(1) == int(out)

def test_loop():
    import asyncio
    async def main():
        return double(1)
    assert asyncio.run(main()) == 2
`,
      { target: "double" },
    );
    expect(verdicts.map(({ test, outcome, detail }) => [test, outcome, detail])).toEqual([
      ["test_parameters", "passed", ""],
      ["test_fixtures", "passed", ""],
      ["TestAccount::test_method", "passed", ""],
      ["test_processes", "passed", ""],
      ["test_loop", "passed", ""],
    ]);
  });

  it("that fails with one of its parameters fails", async () => {
    expect(
      await verdict("@pytest.mark.parametrize('x', [1, 2])\ndef test_a(x):\n    assert double(x) == 2"),
    ).toMatchObject({
      outcome: "failed",
      reason: "wrong-value",
      detail: "[2] AssertionError: assert 4 == 2 where 4 = double(2)",
    });
  });

  it("whose outcome hangs on the hash seed is flaky", async () => {
    const test = "def test_a():\n    assert first_of_a_set('a', 'b', 'c', 'd') == 'a'";
    const seeds = [0, 1, 2, 3, 4, 5, 6, 7];
    expect(await verdict(test, { target: "first_of_a_set", hashSeeds: seeds })).toMatchObject({
      outcome: "failed",
      reason: "flaky",
    });
  });

  it("shows no address and no folder of the machine", async () => {
    const seen = await verdict("def test_a(tmp_path):\n    assert double(str(tmp_path)) == object()");
    expect(seen?.detail).toMatch(/<object object at 0x…>/u);
    expect(seen?.detail).not.toMatch(/0x[0-9a-f]{6}/u);
  });
});

describe("a file", () => {
  it("keeps the verdict of a good test beside a bad one", async () => {
    const { verdicts } = await box.run(
      `${imports}
def test_bad():
    assert double(2) == 5

def test_good():
    assert double(2) == 4
`,
      { target: "double" },
    );
    expect(verdicts).toMatchObject([
      { test: "test_bad", outcome: "failed" },
      { test: "test_good", outcome: "passed" },
    ]);
  });

  it("keeps the verdict of a good test beside one that takes the process down", async () => {
    const { verdicts } = await box.run(
      `${imports}
def test_spins():
    assert double(spin()) == 4

def test_good():
    assert double(2) == 4
`,
      { target: "double", timeout: 1 },
    );
    expect(verdicts).toMatchObject([
      { test: "test_spins", reason: "timeout" },
      { test: "test_good", outcome: "passed" },
    ]);
  });

  it("is given up after three tests that take the process down", async () => {
    const spins = [1, 2, 3, 4].map((n) => `def test_${n}():\n    assert double(spin()) == 4\n`).join("\n");
    const { verdicts } = await box.run(`${imports}${spins}`, { target: "double", timeout: 1 });
    expect(verdicts.map(({ reason, detail }) => [reason, detail])).toEqual([
      ["timeout", "used up its CPU time"],
      ["timeout", "used up its CPU time"],
      ["timeout", "used up its CPU time"],
      ["timeout", "not run: 3 tests of this file took its process down"],
    ]);
  });

  it.each([
    ["syntax", "def test_a(:\n", /^SyntaxError: invalid syntax \(line 1\)/u],
    ["syntax", "def test_a():\n    return\n  x", /^IndentationError/u],
    [
      "import",
      "from calc import nothing\n\ndef test_a():\n    assert nothing(1)\n",
      /^ImportError: cannot import name 'nothing' from 'calc' \(sample\/calc\.py\)$/u,
    ],
    ["name", "x = nobody\n\ndef test_a():\n    assert x\n", /^NameError/u],
    ["syntax", "return 1\n\ndef test_a():\n    assert True\n", /^SyntaxError: 'return' outside function/u],
    [
      "import",
      "import unreadable\n\ndef test_a():\n    assert unreadable\n",
      /^SyntaxError: .*\(unreadable\.py, line 1\)$/u,
    ],
    ["raised", "import leaving\n\ndef test_a():\n    assert leaving\n", /^SystemExit: 3$/u],
    ["no-code", "x = 1\n", /^no test was collected$/u],
    [
      "skipped",
      "import pytest\npytest.skip('later', allow_module_level=True)\n\ndef test_a():\n    assert len('a') == 1\n",
      /^later$/u,
    ],
    [
      "skipped",
      "import pytest\nnumpy = pytest.importorskip('nowhere')\n\ndef test_a():\n    assert len('a') == 1\n",
      /^could not import 'nowhere'/u,
    ],
    ["skipped", "import unittest\nraise unittest.SkipTest('later')\n", /later$/u],
  ])("fails as a whole for %s", async (reason, code, detail) => {
    expect(await box.run(code)).toEqual({
      verdicts: [],
      fileError: { outcome: "error", reason, detail: expect.stringMatching(detail) },
      coverage: null,
    });
  });
});
