import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Example, SourceFile } from "../../../pipeline/contract/records.js";
import extract from "../../../stages/python/extract.js";
import mine from "../../../stages/tests/mine.js";
import verify from "../../../stages/tests/verify.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { sourceFile } from "../../support/records.js";
import { runStage } from "../../support/run-stage.js";
import { pattern } from "../../support/pattern.js";

/** A package, and what people wrote to test it: all of it right, but for what is said to be wrong. */
const files: Readonly<Record<string, string>> = {
  "shop/__init__.py": "",
  "shop/shown.py": `
import math

class Odd:
    def __init__(self, text): self.text = text
    def __repr__(self): return self.text

def halves(n):
    """
    >>> for n in (2, 12):
    ...     halves(n)
    1.0
    6.0
    """
    return n / 2

def either(n):
    """
    >>> if either(2) > 1:
    ...     either(3)
    ...     either(4), "four"
    ... else:
    ...     print("small")
    6
    (8, 'four')
    """
    return n * 2

def flags(text):
    """
    >>> flags("True")
    True
    >>> flags("a b")
    a b
    """
    return Odd(text)

def loud(n):
    """
    >>> loud(3)
    got 3
    4
    """
    print("got", n)
    return n + 1

def says(n):
    """
    >>> says(3)
    3
    """
    print(n)

def bullets(items):
    """
    >>> print(bullets(["a", "b"]))
    \\N{BULLET} a
    \\N{bullet} b
    >>> bullets([])
    '\\N{EM DASH}\\u2014\\x2d'
    """
    return "\\n".join("\\N{BULLET} " + item for item in items) or "\\N{EM DASH}\\u2014-"

def wrong(n):
    """
    >>> wrong(1)
    3
    """
    return n + 1

def maybe(n):
    """
    >>> maybe(1)
    1
    >>> maybe(2)
    Traceback (most recent call last):
        ...
    ValueError: 2 is too many:
    of them
    """
    if n > 1:
        raise ValueError(f"{n} is too many:\\nof them")
    return n

def long_text(n):
    '''
    >>> long_text(2)  # doctest: +NORMALIZE_WHITESPACE
    'ab   ab'
    >>> print(long_text(3))  # doctest: +ELLIPSIS
    ab ... ab
    >>> print("\\\\n" + long_text(1))
    <BLANKLINE>
    ab
    '''
    return "   ".join(["ab"] * n)

def to_\u00b5m(x):
    """
    >>> to_\u00b5m(2)
    2000000
    """
    return x * 1000000
`,
  "shop/areas.py": `
import math
import os

def circle_area(radius):
    return math.pi * radius ** 2

def total(values):
    return sum(values) + float(os.environ.get("OFFSET", "0"))

def shelf(n):
    return [n, 1]

def facts(n):
    return {"n": n, "odd": n % 2 == 1, "list": [n]}

def checked(n):
    if n < 0:
        raise ValueError(f"{n} is below 0")
    return n

def celsius(f):
    return (f - 32) / 1.8
`,
  "tests/test_areas.py": `
import unittest
from shop.areas import circle_area, total, shelf, facts, checked

class AreasTest(unittest.TestCase):
    def test_circle_area_places(self):
        self.assertAlmostEqual(circle_area(2), 12.566, 3)

    def test_circle_area_named(self):
        self.assertAlmostEqual(first=circle_area(2), second=12.6, places=1, msg="area")

    def test_circle_area_delta(self):
        self.assertAlmostEqual(circle_area(2), 12.5, delta=0.1)
        self.assertNotAlmostEqual(circle_area(2), 12.5, 3)

    def test_total_minus(self):
        self.assertAlmostEqual(total([4, 5]), 10 - 1)

    def test_total_infinite(self):
        self.assertAlmostEqual(total([float("inf")]), float("inf"))

    def test_total_or(self):
        self.assertEqual(total([1, 2]), 3 if True else 4)
        self.assertFalse(total([1]) == 2 or total([]))
        self.assertIs(total([1]) > 0, True)

    def test_shelf_lines(self):
        self.assertEqual(str(shelf(2)), "[2, "
                         "1]")

    def test_shelf_unordered(self):
        self.assertCountEqual(shelf(2), [1, 2])
        self.assertCountEqual(shelf(2), {2, 1}, "shelf")

    def test_facts_subset(self):
        self.assertLessEqual({"n": 2}.items(), facts(2).items())
        self.assertDictEqual(facts(2), {"n": 2, "odd": False, "list": [2]})

    def test_facts_unknown(self):
        self.assertCountEqual(facts(2).values(), [2, False, [2]])

    def test_checked_regex(self):
        self.assertRaisesRegex(ValueError, r"-\\d is below", checked, -1)
        with self.assertRaises(ValueError) as caught:
            checked(-2)
        self.assertEqual(str(caught.exception), "-2 is below 0")
        self.assertRegex(str(checked(12)), r"^\\d\\d$")

    def test_checked_lambda(self):
        self.assertRaises(ValueError, lambda: checked(-1))

    def test_checked_subtests(self):
        for n in (1, 2):
            with self.subTest(n=n):
                self.assertEqual(checked(n), n)

    def test_checked_wrong(self):
        self.assertEqual(checked(1), 2)
`,
  "tests/test_celsius.py": `
import os
import pytest
from pytest import mark
from shop.areas import celsius, total

@pytest.fixture(autouse=True)
def offset(monkeypatch):
    monkeypatch.setenv("OFFSET", "1")

def test_total_offset():
    assert total([1]) == 2

@pytest.mark.parametrize(("fahrenheit", "expected"), [(32, 0), (212, 100)], ids=["ice", "steam"])
def test_celsius_tuple(fahrenheit, expected):
    assert celsius(fahrenheit) == pytest.approx(expected)

@mark.parametrize(["fahrenheit", "expected"], [pytest.param(32, 0, id="ice")])
def test_celsius_list(fahrenheit, expected):
    assert celsius(fahrenheit) == expected

@pytest.mark.parametrize(argnames="fahrenheit,", argvalues=[(32,), (32.0,)])
@pytest.mark.parametrize("zero", [0, 0.0])
def test_celsius_stacked(fahrenheit, zero):
    assert celsius(fahrenheit) == zero

@pytest.fixture
def boiling(request):
    return request.param

@pytest.mark.parametrize("boiling", [212], indirect=True)
def test_celsius_indirect(boiling):
    assert celsius(boiling) == pytest.approx(100)
`,
  "tests/conftest.py":
    "import warnings\nimport pytest\nimport shop\n\n@pytest.fixture(autouse=True)\ndef names(doctest_namespace):\n   " +
    " doctest_namespace['shop'] = shop\n\n@pytest.fixture(autouse=True)\ndef quiet():\n    'Nobody reads them.'\n    " +
    "warnings.filterwarnings('ignore', category=FutureWarning)\n",
  "tests/set_up/conftest.py":
    "import pytest\n\n@pytest.fixture(autouse=True)\ndef offset(monkeypatch):\n    monkeypatch.setenv('OFFSET', '5')\n",
  "tests/set_up/test_total.py":
    "from shop.areas import total\n\ndef test_total_conftest():\n    assert total([1]) == 6\n",
  "tests/hidden/conftest.py": "import os\n\nos.environ['OFFSET'] = '7'\n",
  "tests/hidden/test_total_hidden.py":
    "from shop.areas import total\n\ndef test_total_environment():\n    assert total([1]) == 8\n",
  "tests/test_units.py":
    "from shop.shown import to_\u03bcm\n\ndef test_to_\u00b5m_of_ten():\n    assert to_\u00b5m(10) == 10_000_000\n",
  "tests/test_classes.py": `
import os
import unittest
from shop.areas import total

class TestPlain:
    def setup_method(self):
        os.environ["OFFSET"] = "2"

    def test_total_method(self):
        assert total([1]) == 3

class TestState:
    @classmethod
    def setup_class(cls):
        values = [1]
        values.append(2)
        cls.values = values

    def test_total_stateless(self):
        assert total([1]) == 1

    def test_total_stateful(self):
        assert total(self.values) == 3

class TotalTest(unittest.TestCase):
    def setUp(self):
        os.environ["OFFSET"] = "3"

    def test_total_set_up(self):
        self.assertEqual(total([1]), 4)
`,
};

let box: Sandboxed;
let kept: string;
let reasons: ReadonlyMap<string, string>;
beforeAll(async () => {
  box = await sandboxed(files);
  const records = Object.entries(files).map(([path, text]) => source(path, text));
  const targets = (await runStage(extract, records)).kept;
  const mined = await runStage(
    mine,
    { targets, files: records },
    {},
    { prompts: { "prompts/pytest.yaml": { name: "pytest", instruction: "Test {{qualified_name}}:\n{{code}}" } } },
  );
  const services = { sandbox: box.api, sources: { fetch: async () => box.tree, tree: async () => box.tree } };
  const verified = await runStage(verify, mined.kept, { runs: 1, kills: 0 }, { services });
  kept = verified.kept.map((record) => (record as Example).response).join("\n\n\n");
  reasons = new Map([...mined.rejected, ...verified.rejected].map(({ part, reason }) => [nameIn(part), reason]));
}, 120_000);
afterAll(() => box.close());

function source(path: string, text: string): SourceFile {
  const role = path.startsWith("tests/") ? "test" : "code";
  return sourceFile(path, text, {
    role,
    module: role === "test" ? null : path.replace(/(?:\/__init__)?\.py$/u, "").replaceAll("/", "."),
    source: { ref: box.tree.ref, name: "sample", version: "1", licence: "MIT", path },
  });
}

/** The test that a rejected part is of. */
function nameIn(part: unknown): string {
  return typeof part === "string"
    ? (part.split(/[.:]/u).at(-1)?.trim() ?? part)
    : (part as { readonly test: string }).test;
}

const test = (name: string) =>
  new RegExp(`(?:^@[^\\n]+\\n)*^def ${name}\\(.*?(?=\\n\\n\\n|(?![^]))`, "msu").exec(kept)?.[0];

describe("what people wrote, rewritten and run", () => {
  it.each<[what: string, name: string, text: string]>([
    [
      "values that a loop shows",
      "test_halves",
      "import sys\n\n    for n in (2, 12):\n        sys.displayhook(halves(n))\n    assert capsys.readouterr().out " +
        "== (\n        '1.0\\n'\n        '6.0\\n'\n    )",
    ],
    [
      "values that a branch shows",
      "test_either",
      'sys.displayhook(either(3))\n        sys.displayhook((either(4), "four"))',
    ],
    [
      "a value that looks like another",
      "test_flags",
      "sys.displayhook(flags(\"True\"))\n    assert capsys.readouterr().out == 'True\\n'",
    ],
    [
      "a value beside what is printed",
      "test_loud",
      "sys.displayhook(loud(3))\n    assert capsys.readouterr().out == (\n        'got 3\\n'\n        '4\\n'\n    )",
    ],
    ["what is printed and looks like a value", "test_says", "says(3)\n    assert capsys.readouterr().out == '3\\n'"],
    ["named characters", "test_bullets", "assert bullets([]) == '——-'"],
    ["the first line of a message", "test_maybe", "with pytest.raises(ValueError, match='2 is too many:'):"],
    ["a name that Python writes in another way", "test_to_μm", "assert to_µm(2) == 2000000"],
    [
      "a name that a test file writes in both ways",
      "test_to_(?:\u00b5|\u03bc)m_of_ten",
      "assert to_\u00b5m(10) == 10_000_000",
    ],
    [
      "places in the third argument",
      "test_circle_area_places",
      "assert circle_area(2) == pytest.approx(12.566, rel=0, abs=0.0005)",
    ],
    [
      "places and a message by their names",
      "test_circle_area_named",
      'assert circle_area(2) == pytest.approx(12.6, rel=0, abs=0.05), "area"',
    ],
    [
      "a delta",
      "test_circle_area_delta",
      "assert circle_area(2) == pytest.approx(12.5, rel=0, abs=0.1)\n    assert circle_area(2) != " +
        "pytest.approx(12.5, rel=0, abs=0.0005)",
    ],
    [
      "an operand with an operator",
      "test_total_minus",
      "assert total([4, 5]) == pytest.approx(10 - 1, rel=0, abs=5e-08)",
    ],
    ["what is equal before it is subtracted", "test_total_infinite", 'pytest.approx(float("inf"), rel=0, abs=5e-08)'],
    [
      "operands that bind less than their operator",
      "test_total_or",
      "assert total([1, 2]) == (3 if True else 4)\n    assert not (total([1]) == 2 or total([]))\n    assert " +
        "(total([1]) > 0) is True",
    ],
    ["an operand of two lines", "test_shelf_lines", 'assert str(shelf(2)) == ("[2, "\n                     "1]")'],
    [
      "elements in any order",
      "test_shelf_unordered",
      'assert sorted(shelf(2)) == sorted([1, 2])\n    assert sorted(shelf(2)) == sorted({2, 1}), "shelf"',
    ],
    ["items", "test_facts_subset", 'assert {"n": 2}.items() <= facts(2).items()\n    assert facts(2) == {'],
    [
      "exceptions of calls and blocks",
      "test_checked_regex",
      'with pytest.raises(ValueError, match=r"-\\d is below"):\n        checked(-1)\n    with ' +
        'pytest.raises(ValueError) as caught:\n        checked(-2)\n    assert str(caught.value) == "-2 is below ' +
        '0"\n    assert re.search(r"^\\d\\d$", str(checked(12)))',
    ],
    ["an exception of a lambda", "test_checked_lambda", "with pytest.raises(ValueError):\n        checked(-1)"],
    ["a fixture that serves every test of the file", "test_total_offset", "assert total([1]) == 2"],
    ["a test that does not use what is set up for its class", "test_total_stateless", "assert total([1]) == 1"],
    ["parameters named by a tuple", "test_celsius_tuple", '@pytest.mark.parametrize(("fahrenheit", "expected")'],
    [
      "parameters named by a list, and a mark by its own name",
      "test_celsius_list",
      '@mark.parametrize(["fahrenheit", "expected"]',
    ],
    ["parameters of several marks", "test_celsius_stacked", 'argnames="fahrenheit,"'],
  ])("keeps %s", (_what, name, text) => {
    expect(reasons.get(name)).toBeUndefined();
    expect(test(name)).toContain(text);
  });

  it("takes along the fixture that a test does not name", () => {
    expect(kept).toContain("@pytest.fixture(autouse=True)\ndef offset(monkeypatch):");
  });

  it.each<[what: string, name: string, reason: RegExp]>([
    ["what is wrong as it was written", "test_wrong", /^suspected bug or wrong value: AssertionError: assert 2 == 3/u],
    [
      "a unittest test that is wrong as it was written",
      "test_checked_wrong",
      /^suspected bug or wrong value: AssertionError: assert 1 == 2/u,
    ],
    [
      "an order that cannot be told",
      "test_facts_unknown",
      /^test: assertion that has no plain form: self\.assertCountEqual, of values that may have no order$/u,
    ],
    ["parts of a test", "test_checked_subtests", /^test: assertion that has no plain form: self\.subTest$/u],
    ["parameters that go to fixtures", "test_celsius_indirect", /^test: parameters that go to fixtures: indirect$/u],
    [
      "a fixture of a conftest.py that serves every test",
      "test_total_conftest",
      /^test: set-up: fixture offset of tests\/set_up\/conftest\.py$/u,
    ],
    [
      "what a conftest.py does when it is loaded",
      "test_total_environment",
      pattern(
        /^conversion: as it was written it passes, pytest test_total_environment /u,
        /\(tests\/hidden\/test_total_hidden\.py:3\); as it was rewritten: AssertionError: assert 1\.0 == 8/u,
      ),
    ],
    ["a test that uses what is set up for its class", "test_total_stateful", /^test: state of its class$/u],
    ["set-up of a class", "test_total_method", /^test: set-up: setup_method of TestPlain$/u],
    ["set-up of a unittest class", "test_total_set_up", /^test: set-up: setUp of TotalTest$/u],
  ])("leaves out %s, and says why", (_what, name, reason) => {
    expect(test(name)).toBeUndefined();
    expect(reasons.get(name)).toMatch(reason);
  });

  it("accuses the code of nothing but what is wrong as it was written", () => {
    expect(
      [...reasons]
        .filter(([, reason]) => reason.startsWith("suspected bug"))
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(["test_checked_wrong", "test_wrong"]);
  });
});
