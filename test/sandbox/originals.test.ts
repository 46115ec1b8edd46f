import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Original } from "../../pipeline/contract/test-run.js";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

const files = {
  "shop/__init__.py": "",
  "shop/prices.py": `
import functools

class Odd:
    def __repr__(self):
        return "True"

def halves(n):
    '''
    >>> for n in (2, 12):
    ...     halves(n)
    1.0
    6.0

    >>> halves(1)
    3

    >>> halves(4)  # doctest: +SKIP
    2
    '''
    return n / 2

@functools.lru_cache
def odd():
    '''
    >>> odd()
    True
    '''
    return Odd()

def shortened():
    '''
    >>> shortened()
    [0, 1, ..., 9]
    '''
    return list(range(10))

def named():
    '''
    >>> named() + given
    3
    '''
    return 1

class Till:
    @property
    def total(self):
        '''
        >>> Till().total
        0
        '''
        return 0
`,
  "pytest.ini":
    "[pytest]\naddopts = --strict-markers --no-such-option\nrequired_plugins = pytest-nowhere\ndoctest_optionflags = " +
    "ELLIPSIS\nmarkers = known: one\n",
  "shop/conftest.py":
    "import pytest\n\n@pytest.fixture(autouse=True)\ndef names(doctest_namespace):\n    doctest_namespace['given'] " +
    "= 2\n",
  "tests/conftest.py":
    "import os\nimport pytest\n\nos.environ['TILL'] = '3'\n\n@pytest.fixture(autouse=True)\ndef opened():\n    " +
    "os.environ['OPEN'] = '1'\n\n@pytest.fixture\ndef till():\n    return int(os.environ['TILL'])\n",
  "tests/util.py": "TWO = 2\n",
  "tests/data.txt": "4\n",
  "tests/test_prices.py": `
import os
import pathlib
import unittest
import pytest
import shop.prices
from util import TWO

def test_set_up(till):
    assert (till, os.environ["OPEN"], TWO) == (3, "1", 2)

def test_wrong():
    assert shop.prices.halves(2) == 3

@pytest.mark.unknown
@pytest.mark.parametrize("x", [1, 2])
def test_marked(x):
    assert shop.prices.halves(2 * x) == x

@pytest.mark.skip(reason="later")
def test_later():
    assert False

def test_file():
    assert pathlib.Path(__file__).with_name("data.txt").read_text() == "4\\n"

def test_writes():
    pathlib.Path(__file__).with_name("new.txt").write_text("")

def test_ends():
    os._exit(0)

class TestTill:
    @pytest.fixture(autouse=True)
    def filled(self):
        self.total = 3

    def test_total(self):
        assert self.total == 3

class PricesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.two = 2

    def setUp(self):
        self.four = 4

    def test_halves(self):
        self.assertAlmostEqual(shop.prices.halves(self.four), self.two, 3)

    def test_wrong(self):
        for n in (2, 4):
            with self.subTest(n=n):
                self.assertEqual(shop.prices.halves(n), 2)

    def test_conftest(self):
        self.assertEqual(os.environ["OPEN"], "1")

    @unittest.expectedFailure
    def test_known(self):
        self.assertEqual(shop.prices.halves(4), 3)
`,
  "tests/package/__init__.py": "",
  "tests/package/base.py": "import unittest\n\nclass Base(unittest.TestCase):\n    value = 2\n",
  "tests/package/test_inherits.py":
    "from .base import Base\n\nclass TestIt(Base):\n    def test_value(self):\n        self.assertEqual(self.value, " +
    "2)\n",
  "tests/test_broken.py": "import nowhere\n\ndef test_a():\n    assert nowhere\n",
};

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed(files);
});
afterAll(() => box.close());

async function ending(original: Original): Promise<string> {
  const { outcome, reason, detail } = await box.api.runOriginal({
    source: box.tree,
    original,
    timeout: 5,
    memory: 256,
  });
  return [outcome, reason, detail].filter(Boolean).join(" · ");
}

describe("a doctest", () => {
  it.each<[what: string, qualifiedName: string, examples: number[], of: number, ended: RegExp]>([
    ["that shows values in a loop", "halves", [0], 3, /^passed$/u],
    ["that is wrong", "halves", [1], 3, /^failed · wrong-value · expected '3', got '0\.5'$/u],
    ["that is skipped", "halves", [2], 3, /^error · skipped · none of its examples is run$/u],
    ["of a docstring that is another now: all of it counts", "halves", [0], 1, /^failed · wrong-value/u],
    ["of a decorated function, whose object looks like another", "odd", [0], 1, /^passed$/u],
    ["of a property", "Till.total", [0], 1, /^passed$/u],
    ["that needs the project's flags", "shortened", [0], 1, /^passed$/u],
    ["that needs the project's names", "named", [0], 1, /^passed$/u],
    ["of what is not there", "nonsuch", [0], 1, /^error · raised · AttributeError: nonsuch$/u],
  ])("%s", async (_what, qualifiedName, examples, of, ended) => {
    expect(
      await ending({ kind: "doctest", path: "shop/prices.py", module: "shop.prices", qualifiedName, examples, of }),
    ).toMatch(ended);
  });
});

describe("a test of a file", () => {
  it.each<[kind: "unittest" | "pytest", test: string, ended: RegExp]>([
    ["pytest", "test_set_up", /^passed$/u],
    ["pytest", "test_wrong", /^failed · wrong-value · AssertionError: assert 1\.0 == 3/u],
    ["pytest", "test_marked", /^passed$/u],
    ["pytest", "test_later", /^error · skipped · later$/u],
    ["pytest", "test_file", /^passed$/u],
    ["pytest", "test_writes", /^passed$/u],
    ["pytest", "test_ends", /^error · cheat/u],
    ["pytest", "TestTill::test_total", /^passed$/u],
    ["pytest", "test_nonsuch", /^error · no-code · no test was collected$/u],
    ["unittest", "PricesTest::test_halves", /^passed$/u],
    ["unittest", "PricesTest::test_wrong", /^failed · wrong-value · AssertionError: 1\.0 != 2$/u],
    ["unittest", "PricesTest::test_conftest", /^passed$/u],
    ["unittest", "PricesTest::test_known", /^error · skipped/u],
  ])("by %s: %s", async (kind, test, ended) => {
    expect(await ending({ kind, path: "tests/test_prices.py", test })).toMatch(ended);
  });

  it("may write beside itself, and the source stays as it is", async () => {
    const before = await readdir(box.tree.folder, { recursive: true });
    expect(await ending({ kind: "pytest", path: "tests/test_prices.py", test: "test_writes" })).toBe("passed");
    expect(await readdir(box.tree.folder, { recursive: true })).toEqual(before);
  });

  it("is imported from the package that it is in", async () => {
    expect(await ending({ kind: "unittest", path: "tests/package/test_inherits.py", test: "TestIt::test_value" })).toBe(
      "passed",
    );
  });

  it("that cannot be loaded was not run", async () => {
    expect(await ending({ kind: "pytest", path: "tests/test_broken.py", test: "test_a" })).toBe(
      "error · import · ModuleNotFoundError: No module named 'nowhere'",
    );
  });
});
