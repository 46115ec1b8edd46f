import { execa } from "execa";
import { expect, it } from "vitest";
import type { AnyRecord } from "../../../pipeline/contract/kind.js";
import type { Example, SourceFile } from "../../../pipeline/contract/records.js";
import type { Target } from "../../../stages/python/lib/records.js";
import extract from "../../../stages/python/extract.js";
import mine from "../../../stages/tests/mine.js";
import { sourceFile } from "../../support/records.js";
import { runStage, type StageResult } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

const surroundings = {
  prompts: { "prompts/pytest.yaml": { name: "pytest", instruction: "Test {{qualified_name}}:\n{{code}}" } },
};

/** What extract finds in the files, and what mine makes of it. */
async function mined(files: readonly SourceFile[], options: object = {}): Promise<StageResult> {
  return await runStage(mine, await inputsFor(files), options, surroundings);
}

async function inputsFor(
  files: readonly SourceFile[],
): Promise<{ targets: AnyRecord[]; files: readonly SourceFile[] }> {
  return { targets: (await runStage(extract, files)).kept, files };
}

/** A module with one function `f` that has this docstring. */
function documented(...docstring: string[]): SourceFile {
  return sourceFile(
    "shop/m.py",
    [
      "import math",
      "from . import rates",
      "class Oops(Exception): pass",
      "LIMIT = 3",
      "def f(x=0):",
      "    r'''",
      ...docstring.map((line) => `    ${line}`),
      "    '''",
      "    return x",
      "",
    ].join("\n"),
  );
}

const test = (path: string, ...lines: string[]) => sourceFile(path, lines.join("\n"), { role: "test" });
const responses = ({ kept }: StageResult) => kept.map((record) => (record as Example).response);

/** The test functions that one docstring gives. */
async function fromDoctests(...docstring: string[]): Promise<string[]> {
  return responses(await mined([documented(...docstring)]));
}

async function whyNot(...docstring: string[]): Promise<string[]> {
  return (await mined([documented(...docstring)])).rejected.map(({ reason }) => reason);
}

const shop = sourceFile(
  "shop/prices.py",
  [
    "def net(price, tax=0.2): return round(price / (1 + tax), 2)",
    "def gross(price, tax=0.2): return round(price * (1 + tax), 2)",
    "class Basket:",
    "    def __init__(self): self.items = []",
    "    def add(self, item): self.items.append(item)",
  ].join("\n"),
);

const contract = await inputsFor([
  documented(">>> f(1)", "1"),
  shop,
  test("tests/test_prices.py", "from shop.prices import net", "def test_net():", "    assert net(12) == 10"),
]);

stageTest(
  mine,
  () => {
    it("makes a row of a target's doctests", async () => {
      const {
        kept: [row],
      } = await mined([documented("Gives it back.", "", ">>> f(1)", "1")]);
      expect(row).toMatchObject({
        task: "pytest",
        language: "python",
        labels: { teacher: "doctest" },
        source: { path: "shop/m.py", lines: [5, 12] },
        prompt: "Test f:\ndef f(x=0):\n    r'''\n    Gives it back.\n    '''\n    return x",
        response: "def test_f():\n    assert f(1) == 1",
        evidence: {
          type: "pytest",
          target: { qualifiedName: "f", module: "shop.m" },
          preamble: "import pytest\n\nfrom shop.m import f\n",
          verdicts: [],
        },
      });
    });

    it.each<[behaviour: string, docstring: string[], body: string[]]>([
      [
        "a value by ==",
        [">>> f([1.5, 'a', None, -2])", "[1.5, 'a', None, -2]"],
        ["assert f([1.5, 'a', None, -2]) == [1.5, 'a', None, -2]"],
      ],
      [
        "a bool by is",
        [">>> f(True)", "True", ">>> f(1) == 2", "False"],
        ["assert f(True) is True", "assert (f(1) == 2) is False"],
      ],
      [
        "membership as it is spoken",
        [">>> 1 in f([1])", "True", ">>> f(2) in [1]", "False"],
        ["assert 1 in f([1])", "assert not (f(2) in [1])"],
      ],
      [
        "sets",
        [">>> f({1, 2})", "{1, 2}", ">>> f(set())", "set()"],
        ["assert f({1, 2}) == {1, 2}", "assert f(set()) == set()"],
      ],
      ["a tuple without parentheses", [">>> f(1), f(2)", "(1, 2)"], ["assert (f(1), f(2)) == (1, 2)"]],
      ["a value over several lines", [">>> f([1,", "...    2])", "[1,", " 2]"], ["assert f([1,", "   2]) == [1, 2]"]],
      [
        "what is no literal by its repr",
        [">>> f(range)", "<class 'range'>", ">>> f(dict(a=1)).items()", "dict_items([('a', 1)])"],
        [
          "assert repr(f(range)) == \"<class 'range'>\"",
          "assert repr(f(dict(a=1)).items()) == \"dict_items([('a', 1)])\"",
        ],
      ],
      ["print by str", [">>> print(f('a b'))", "a b"], ["assert str(f('a b')) == 'a b'"]],
      [
        "an exception by its type and message",
        [">>> f(1) / 0", "Traceback (most recent call last):", "    ...", "ZeroDivisionError: division by zero"],
        ["with pytest.raises(ZeroDivisionError, match='division by zero'):", "    f(1) / 0"],
      ],
      [
        "an exception of the module",
        [">>> raise Oops(f('a.b'))", "Traceback (most recent call last):", "shop.m.Oops: a.b"],
        ["from shop.m import Oops", "", 'with pytest.raises(Oops, match=r"a\\.b"):', "    raise Oops(f('a.b'))"],
      ],
      [
        "white space that does not matter",
        [">>> f(range(3))  # doctest: +NORMALIZE_WHITESPACE", "range(0,", "      3)"],
        ["assert f(range(3)) == range(0, 3)"],
      ],
      [
        "setup, with the imports of the module",
        [">>> import json", ">>> y = math.floor(f(1.5)) + LIMIT", ">>> json.loads(str(y))", "4"],
        [
          "import math",
          "from shop.m import LIMIT",
          "import json",
          "",
          "y = math.floor(f(1.5)) + LIMIT",
          "assert json.loads(str(y)) == 4",
        ],
      ],
      ["assertions that a doctest makes itself", [">>> y = f(1)", ">>> assert y == 1"], ["y = f(1)", "assert y == 1"]],
    ])("turns %s", async (_behaviour, docstring, body) => {
      const [response = ""] = await fromDoctests(...docstring);
      expect(
        response
          .replace(/^def test_f(?:_raises_\w+)?\(\):\n/u, "")
          .split("\n")
          .map((line) => line.replace(/^ {4}/u, "")),
      ).toEqual(body);
    });

    it("compares what is printed with what was captured", async () => {
      expect(await fromDoctests(">>> for i in f([1, 2]):", "...     print(i)", "1", "2")).toEqual([
        "def test_f(capsys):\n    for i in f([1, 2]):\n        print(i)\n    assert capsys.readouterr().out == (\n   " +
          "     '1\\n'\n        '2\\n'\n    )",
      ]);
    });

    it("makes a test of each paragraph, and one of paragraphs that share a variable", async () => {
      const [response = ""] = await fromDoctests(
        ">>> f(1)",
        "1",
        "",
        "And now:",
        "",
        ">>> y = f([])",
        "",
        "",
        ">>> y.append(1)",
        ">>> f(y)",
        "[1]",
        "",
        ">>> f(2)",
        "2",
      );
      expect(response.split("\n\n\n")).toEqual([
        "def test_f():\n    assert f(1) == 1",
        "def test_f_2():\n    y = f([])\n    y.append(1)\n    assert f(y) == [1]",
        "def test_f_3():\n    assert f(2) == 2",
      ]);
    });

    it("repeats imports and definitions instead of joining the tests that use them", async () => {
      const [response = ""] = await fromDoctests(
        ">>> import operator",
        ">>> f(operator.add(1, 1))",
        "2",
        "",
        ">>> f(operator.sub(1, 1))",
        "0",
      );
      expect(response.match(/import operator/gu)).toHaveLength(2);
    });

    it("keeps the inside of strings as it is", async () => {
      const file = documented('>>> f("""a', '... b""")', "'a\\nb'");
      const [response = ""] = responses(await mined([file]));
      const { stdout } = await execa("python3", ["-c", `f = lambda x: x\n${response}\ntest_f()\nprint("passed")`]);
      expect(stdout).toBe("passed");
    });

    it.each<[reason: string, docstring: string[]]>([
      ["doctest: skipped by its author", [">>> f(1)  # doctest: +SKIP", "1"]],
      ["doctest: output with an ellipsis", [">>> f(range(20))  # doctest: +ELLIPSIS", "range(...)"]],
      ["doctest: output with an address", [">>> f(object())", "<object object at 0x7f0000000000>"]],
      ["doctest: does not use its target", [">>> 1 + 1", "2"]],
      ["doctest: expects nothing", [">>> y = f(1)"]],
      ["doctest: not valid Python", [">>> f(1", "1"]],
      ["doctest: name that its module does not know: np", [">>> np.array(f(1))", "array(1)"]],
      [
        "doctest: exception that its module does not know: Odd",
        [">>> f(1)", "Traceback (most recent call last):", "Odd: no"],
      ],
      ["doctest: flag that has no counterpart: NUMBER", [">>> f(0.333)  # doctest: +NUMBER", "0.33"]],
    ])("leaves out an example with the reason: %s", async (reason, docstring) => {
      expect(await whyNot(...docstring)).toEqual([reason]);
    });

    it("keeps the rest of a block when one of its examples cannot be checked", async () => {
      expect(await fromDoctests(">>> f(object())", "<object object at 0x7f0000000000>", ">>> f(1)", "1")).toEqual([
        "def test_f():\n    f(object())\n    assert f(1) == 1",
      ]);
    });

    it("splits the tests of a target when there are too many for one example", async () => {
      const { kept } = await mined([documented(">>> f(1)", "1", "", ">>> f(2)", "2", "", ">>> f(3)", "3")], {
        maxTests: 2,
      });
      expect(kept).toHaveLength(2);
    });

    it("takes a test that is named after a target and uses it, with what it needs of its file", async () => {
      const file = test(
        "tests/test_shop.py",
        "import pytest",
        "import decimal as d",
        "from shop.prices import net",
        "from shop import prices",
        "RATES = [0.1, 0.2]",
        "def exact(x): return d.Decimal(x)",
        "@pytest.fixture",
        "def price(): return 12",
        "def test_net(price):",
        "    assert net(price) == 10",
        "@pytest.mark.parametrize('tax', RATES)",
        "def test_net_of_nothing(tax):",
        "    assert exact(prices.net(0, tax)) == 0",
        "def test_other(): assert 1",
      );
      const { kept } = await mined([shop, file]);
      expect(kept).toMatchObject([
        {
          labels: { teacher: "human" },
          from: [expect.any(String), file.id],
          evidence: { target: { name: "net" } },
          response: [
            "import decimal as d\nfrom shop import prices",
            "RATES = [0.1, 0.2]",
            "def exact(x): return d.Decimal(x)",
            "@pytest.fixture\ndef price(): return 12\n",
            "def test_net(price):\n    assert net(price) == 10\n\n",
            "@pytest.mark.parametrize('tax', RATES)\ndef test_net_of_nothing(tax):\n    assert exact(prices.net(0, " +
              "tax)) == 0",
          ]
            .join("\n\n")
            .replaceAll("\n\n\n\n", "\n\n\n"),
        },
      ]);
    });

    it("takes methods of unittest classes that need nothing of their object, with plain assertions", async () => {
      const { kept, rejected } = await mined([
        shop,
        test(
          "tests/test_prices.py",
          "import unittest",
          "from shop import prices",
          "class PricesTest(unittest.TestCase):",
          "    def test_gross(self):",
          "        self.assertEqual(prices.gross(10), 12, 'tax')",
          "        with self.assertRaises(TypeError):",
          "            prices.gross('a')",
          "        self.assertTrue(prices.gross(1) > 1 or False)",
          "    def test_gross_of_state(self):",
          "        self.assertEqual(prices.gross(self.price), 12)",
          "    def test_gross_with_cm(self):",
          "        self.assertLogs(prices.gross(1))",
        ),
      ]);
      expect(responses({ kept } as StageResult)).toEqual([
        "from shop import prices\n\n\ndef test_gross():\n    assert prices.gross(10) == 12, 'tax'\n    with " +
          "pytest.raises(TypeError):\n        prices.gross('a')\n    assert prices.gross(1) > 1 or False",
      ]);
      expect(rejected.map(({ reason }) => reason).toSorted()).toEqual([
        "test: assertion that has no plain form: self.assertLogs",
        "test: state of its class",
      ]);
    });

    it("tells a target from others of the same name", async () => {
      const other = sourceFile("shop/taxes.py", "def net(x): return x");
      const { kept, dropped } = await mined([
        shop,
        other,
        test("tests/test_it.py", "from shop.prices import net", "def test_net():", "    assert net(12) == 10"),
      ]);
      expect(kept).toMatchObject([{ evidence: { target: { module: "shop.prices" } } }]);
      expect(dropped.map(({ reason }) => reason)).toContain("no doctest and no test names it");
    });

    it("finds methods through their class", async () => {
      const { kept } = await mined([
        shop,
        test(
          "tests/test_basket.py",
          "import shop.prices as p",
          "def test_add():",
          "    b = p.Basket()",
          "    b.add(1)",
          "    assert b.items == [1]",
        ),
      ]);
      expect(kept).toMatchObject([
        {
          evidence: {
            target: { qualifiedName: "Basket.add" },
            preamble: "import pytest\n\nfrom shop.prices import Basket\n",
          },
        },
      ]);
    });

    it.each<[reason: string, lines: string[]]>([
      ["test: fixture of another file: cart", ["def test_net(cart):", "    assert net(cart) == 1"]],
      ["test: asynchronous", ["async def test_net():", "    assert net(1) == 1"]],
      [
        "test: decorator that changes how it runs: @pytest.mark.skip",
        ["@pytest.mark.skip('slow')", "def test_net():", "    assert net(1) == 1"],
      ],
      ["test: name that its file does not know: undefined", ["def test_net():", "    assert net(undefined) == 1"]],
      [
        "test: more than 60 lines of its file: 71",
        [`TABLE = [\n${"  1,\n".repeat(69)}]`, "def test_net():", "    assert net(TABLE[0]) == 1"],
      ],
    ])("leaves out a test with the reason: %s", async (reason, lines) => {
      const { rejected } = await mined([shop, test("tests/test_prices.py", "from shop.prices import net", ...lines)]);
      expect(rejected.map((entry) => entry.reason)).toEqual([reason]);
    });

    it("takes only what the options ask for", async () => {
      const { kept, dropped } = await mined([documented(">>> f(1)", "1")], { doctests: false });
      expect(kept).toEqual([]);
      expect(dropped.map(({ record }) => record)).toHaveLength(2);
    });

    it("states both licences where the tests stand under another", async () => {
      const tests = sourceFile(
        "tests/test_prices.py",
        "from shop.prices import net\ndef test_net():\n    assert net(12) == 10",
        {
          role: "test",
          source: {
            ref: "pypi:shop@1.0.0",
            name: "shop",
            version: "1.0.0",
            licence: "Apache-2.0",
            path: "tests/test_prices.py",
          },
        },
      );
      expect((await mined([shop, tests])).kept).toMatchObject([
        { source: { licence: "(MIT) AND (Apache-2.0)", path: "shop/prices.py" } },
      ]);
    });
  },
  { inputs: contract as { targets: Target[]; files: SourceFile[] }, surroundings },
);
