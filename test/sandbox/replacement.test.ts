import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

const target = `
from .base import Base

TABLE = {"a": 1}

def double(x):
    return x * 2

class Pair(Base):
    def total(self):
        return self.left + self.right
`;
const files = {
  "sample/__init__.py": "from .target import Pair, double\nfrom . import user\n",
  "sample/base.py": "class Base:\n    def __init__(self, left, right):\n        self.left, self.right = left, right\n",
  "sample/target.py": target,
  "sample/user.py":
    "from . import target\nfrom .target import TABLE, double as twice\n\ndef four_times(x):\n    return " +
    "twice(target.double(x))\n\ndef entry():\n    return TABLE['a']\n",
  "sample/alone.py": "def one():\n    return 1\n",
};
const buggy = target.replace("x * 2", "x + 2").replace("self.right", "1").replace('"a": 1', '"a": 2');

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed(files);
});
afterAll(() => box.close());

async function outcomes(code: string, replacement: string | null, module = "sample.target", qualifiedName = "double") {
  const { verdicts, fileError } = await box.api.runTests({
    source: box.tree,
    code,
    target: { module, qualifiedName },
    hashSeeds: [0],
    timeout: 5,
    memory: 256,
    ...(replacement !== null && { replacement }),
  });
  return fileError === null
    ? verdicts.map(({ test, outcome }) => `${test} ${outcome}`)
    : `${fileError.reason}: ${fileError.detail}`;
}

describe("a module that takes another's place", () => {
  it.each([
    ["from sample.target import double", "double(5) == 10"],
    ["import sample.target", "sample.target.double(5) == 10"],
    ["import sample.target as target", "target.double(5) == 10"],
    ["from sample import target", "target.double(5) == 10"],
    ["from sample import double", "double(5) == 10"],
    ["from sample import user, double", "double(2) == 4 and user.four_times(5) == 20"],
    [
      "import inspect\nfrom sample.target import double",
      "inspect.getfile(double).endswith('sample/target.py') and double(5) == 10",
    ],
  ])("is what the tests run: %s", async (imports, condition) => {
    const code = `${imports}\n\ndef test_a():\n    assert ${condition}\n`;
    expect(await outcomes(code, null)).toEqual(["test_a passed"]);
    expect(await outcomes(code, buggy)).toEqual(["test_a failed"]);
    expect(await outcomes(code, target)).toEqual(["test_a passed"]);
  });

  it("brings its classes and its containers along, to whoever holds them by name", async () => {
    const code =
      "from sample import Pair, user\n\ndef test_a():\n    assert Pair(1, 2).total() == 3\n\ndef test_b():\n    " +
      "assert Pair(1, 1).total() == 2 and user.entry() == 1\n";
    expect(await outcomes(code, null, "sample.target", "Pair")).toEqual(["test_a passed", "test_b passed"]);
    expect(await outcomes(code, buggy, "sample.target", "Pair")).toEqual(["test_a failed", "test_b failed"]);
  });

  it("may be one that nobody has loaded yet", async () => {
    const code = "from sample.alone import one\n\ndef test_a():\n    assert one() == 1\n";
    expect(await outcomes(code, "def one():\n    return 2\n", "sample.alone", "one")).toEqual(["test_a failed"]);
  });

  it("has gone with its run", async () => {
    const code = "from sample.target import double\n\ndef test_a():\n    assert double(5) == 10\n";
    expect(await outcomes(code, buggy)).toEqual(["test_a failed"]);
    expect(await outcomes(code, null)).toEqual(["test_a passed"]);
  });

  it.each([
    ["raised: ZeroDivisionError: division by zero", "1 / 0\n"],
    ["import: SyntaxError: '(' was never closed (target.py, line 1)", "double = (\n"],
    ["import: ModuleNotFoundError: No module named 'sample.nowhere'", "from .nowhere import x\n"],
    ["import: ImportError: cannot import name 'double' from 'sample.target' (sample/sample/target.py)", "x = 1\n"],
  ])("fails the file where it cannot be loaded: %s", async (reason, replacement) => {
    expect(
      await outcomes("from sample.target import double\n\ndef test_a():\n    assert double(5) == 10\n", replacement),
    ).toBe(reason);
  });
});
