import { expect, it } from "vitest";
import type { Target } from "../../../stages/python/lib/records.js";
import extract from "../../../stages/python/extract.js";
import { sourceFile } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";

const prices = sourceFile(
  "shop/prices.py",
  [
    "from __future__ import annotations",
    "import math, os",
    "from . import rates",
    "from ..tools.text import strip as clean",
    "",
    "try:",
    "    import numpy as np",
    "except ImportError:",
    "    np = None",
    "",
    "TAX = 0.2",
    "",
    "def net(price, /, tax: float = TAX, *rest: int, round_up=False, **more) -> float:",
    "    '''The price without tax.",
    "",
    "    Rounds to cents.",
    "",
    "    Examples",
    "    --------",
    "    >>> net(1.2)",
    "    1.0",
    "",
    "    Notes",
    "    -----",
    "    Not for wholesale.",
    "    '''",
    "    if round_up and price > 0:",
    "        return math.ceil(price / (1 + tax))",
    "    return _cents(price / (1 + tax))",
    "",
    "def _cents(amount):",
    "    return round(amount, rates.DIGITS)",
    "",
    "class Basket:",
    "    def __init__(self): self.items = []",
    "    @property",
    "    def total(self):",
    "        return sum(map(net, self.items))",
    "    @total.setter",
    "    def total(self, value): raise AttributeError",
    "    def label(self): return clean('a') if np is None else np.str_('b')",
    "    def abstract(self):",
    "        raise NotImplementedError",
    "",
  ].join("\n"),
  { source: { ref: "pypi:shop@1.0.0", name: "shop", version: "1.0.0", licence: "MIT", path: "shop/prices.py" } },
);

const code = (...lines: string[]) => sourceFile("shop/m.py", lines.join("\n"));

stageTest(
  extract,
  ({ run }) => {
    const namesIn = async (...lines: string[]) =>
      (await run([code(...lines)])).kept.map((target) => (target as Target).qualifiedName);

    it("gives the functions, methods and classes that a test can import", async () => {
      const { kept, rejected } = await run([prices]);
      expect(kept).toMatchObject([
        { targetKind: "function", qualifiedName: "net", source: { lines: [13, 29] } },
        { targetKind: "class", qualifiedName: "Basket" },
        { targetKind: "method", qualifiedName: "Basket.total", decorators: ["property"] },
        { targetKind: "method", qualifiedName: "Basket.label" },
      ]);
      expect(rejected).toMatchObject([
        { part: { name: "Basket.abstract", line: 42 }, reason: "stub: the body does nothing" },
      ]);
    });

    it("describes a function", async () => {
      const {
        kept: [net],
      } = await run([prices]);
      expect(net).toMatchObject({
        name: "net",
        module: "shop.prices",
        returns: "float",
        isAsync: false,
        complexity: 3,
        signature: "def net(price, /, tax: float = TAX, *rest: int, round_up=False, **more) -> float",
        parameters: [
          { name: "price", kind: "positional-only", annotation: null, default: null },
          { name: "tax", kind: "positional-or-keyword", annotation: "float", default: "TAX" },
          { name: "rest", kind: "var-positional", annotation: "int", default: null },
          { name: "round_up", kind: "keyword-only", annotation: null, default: "False" },
          { name: "more", kind: "var-keyword", annotation: null, default: null },
        ],
        docstring:
          "The price without tax.\n\nRounds to cents.\n\nExamples\n--------\n>>> net(1.2)\n1.0\n\nNotes\n-----\nNot " +
          "for wholesale.",
        imports: ["from __future__ import annotations", "import math", "from shop import rates"],
        helpers: ["TAX = 0.2", "def _cents(amount):\n    return round(amount, rates.DIGITS)"],
      });
    });

    it("leaves the doctests out of the prompt, and the headings that stand over nothing then", async () => {
      const {
        kept: [net],
      } = await run([prices]);
      expect((net as Target).promptCode).toContain(
        [
          "    '''The price without tax.",
          "",
          "    Rounds to cents.",
          "",
          "    Notes",
          "    -----",
          "    Not for wholesale.",
          "    '''",
          "    if round_up",
        ].join("\n"),
      );
      expect((net as Target).promptCode).not.toMatch(/>>>|1\.0\n|Examples/u);
    });

    it("drops a docstring that held nothing but doctests", async () => {
      const { kept } = await run([
        code(
          "def f():",
          "    '''",
          "    >>> f()",
          "    1",
          "    '''",
          "",
          "    return 1",
          "",
          "def g():",
          "    '''>>> g()'''",
          "    return 2",
        ),
      ]);
      expect(kept).toMatchObject([{ promptCode: "def f():\n    return 1" }, { promptCode: "def g():\n    return 2" }]);
    });

    it("shows a method in its class, with the fields and the constructor", async () => {
      const { kept } = await run([
        code(
          "@dataclass",
          "class Stack(Base):",
          "    '''Of items.'''",
          "    limit: int = 3",
          "    TABLE = {",
          "        1: 2,",
          "    }",
          "",
          "    def __init__(self, items=()):",
          "        '''>>> Stack()'''",
          "        self.items = list(items)",
          "",
          "    def push(self, item):",
          "        '''>>> Stack().push(1)'''",
          "        self.items.append(item)",
          "",
          "    @staticmethod",
          "    def of(*items): return Stack(items)",
        ),
      ]);
      expect((kept.find((target) => (target as Target).qualifiedName === "Stack.push") as Target).promptCode).toBe(
        [
          "@dataclass",
          "class Stack(Base):",
          "    limit: int = 3",
          "",
          "    def __init__(self, items=()):",
          "        self.items = list(items)",
          "",
          "    def push(self, item):",
          "        self.items.append(item)",
        ].join("\n"),
      );
      expect((kept.find((target) => (target as Target).qualifiedName === "Stack.push") as Target).code).toMatch(
        /^def push/u,
      );
    });

    it("shows of a long constructor how it is called", async () => {
      const { kept } = await run([
        code(
          "class Long:",
          "    def __init__(self, n):",
          ...Array.from({ length: 40 }, (_, n) => `        self.x${n} = n`),
          "    def get(self): return self.x1",
        ),
      ]);
      expect((kept.find((target) => (target as Target).name === "get") as Target).promptCode).toBe(
        "class Long:\n    def __init__(self, n):\n        ...\n\n    def get(self): return self.x1",
      );
    });

    it("keeps imports that fall back on others whole", async () => {
      const { kept } = await run([prices]);
      const label = kept.find((target) => (target as Target).qualifiedName === "Basket.label") as Target;
      expect(label.imports).toEqual([
        "from __future__ import annotations",
        "from tools.text import strip as clean",
        "try:\n    import numpy as np\nexcept ImportError:\n    np = None",
      ]);
      expect(label.helpers.at(-1)).toBe(
        "class Basket:\n    def __init__(self): self.items = []\n    def label(self): return clean('a') if np is " +
          "None else np.str_('b')",
      );
    });

    it("loses only the statement that holds a syntax error", async () => {
      const { kept, rejected } = await run([
        code("def good(): return 1", "", "def broken(:", "    return (2", "", "def also_good():", "    return 3"),
      ]);
      expect(kept).toMatchObject([{ name: "good" }, { name: "also_good", source: { lines: [6, 7] } }]);
      expect(rejected).toMatchObject([{ part: { line: 3, excerpt: "def broken(:" }, reason: "syntax error: line 3" }]);
    });

    it("drops a file that nothing can be read from, with the place", async () => {
      const { dropped } = await run([code("def broken(:", "  return (")]);
      expect(dropped).toMatchObject([{ reason: "nothing left to test: syntax error: line 1" }]);
    });

    it("drops what is no code to test", async () => {
      const { dropped } = await run([
        sourceFile("tests/test_a.py", "def test_a(): pass", { role: "test" }),
        sourceFile("docs/conf.py", "def f(): return 1", { role: "documentation" }),
        sourceFile("setup.py", "def f(): return 1", { module: null }),
        sourceFile("shop/empty.py", ""),
        sourceFile("shop/a.js", "", { language: "javascript" }),
      ]);
      expect(dropped.map(({ reason }) => reason).toSorted()).toEqual([
        "documentation file",
        "not Python: javascript",
        "not importable: no module name leads to the file",
        "nothing to test: no function, method or class of the kinds asked for",
        "test file: read by mine",
      ]);
    });

    it(
      "takes what overloads, accessors, special methods, nested functions and scripts define as no targets of " +
        "their own",
      async () => {
        expect(
          await namesIn(
            "from typing import overload",
            "@overload",
            "def f(a: int) -> int: ...",
            "@overload",
            "def f(a: str) -> str: ...",
            "def f(a): return a",
            "def outer():",
            "    def inner(): return 1",
            "    return inner",
            "if __name__ == '__main__':",
            "    def main(): return 1",
          ),
        ).toEqual(["f", "outer"]);
      },
    );

    it("says of names that are defined more than once which one it takes", async () => {
      const { kept, rejected } = await run([
        code(
          "def f(): return 1",
          "def f(): return 2",
          "if WINDOWS:",
          "    def g(): return 1",
          "else:",
          "    def g(): return 2",
        ),
      ]);
      expect(kept).toMatchObject([{ name: "f", code: "def f(): return 2" }]);
      expect(rejected.map(({ reason }) => reason)).toEqual([
        "defined again further down",
        "defined in branches: which one applies is known only at run time",
        "defined in branches: which one applies is known only at run time",
      ]);
    });

    it("reads the newer forms of the language", async () => {
      expect(
        await namesIn(
          "type Pair[T] = tuple[T, T]",
          "def first[T: int](pair: Pair[T]) -> T: return pair[0]",
          "class Box[T]:",
          "    async def get(self) -> T: return self.value",
          "def kind(value):",
          "    match value:",
          "        case {'a': [x, *_]} | str(x): return x",
          "        case _: return None",
        ),
      ).toEqual(["first", "Box", "Box.get", "kind"]);
    });

    it("reads tabs, carriage returns and a byte order mark as Python does", async () => {
      const { kept } = await run([
        sourceFile(
          "shop/m.py",
          "\uFEFFclass A:\r\n\tdef f(self):\r\n\t\t'''One.\r\n\t\tTwo.'''\r\n\t\treturn '''a\r\n\t\tb'''\r\n",
        ),
      ]);
      expect(kept).toMatchObject([
        { name: "A" },
        { name: "f", docstring: "One.\nTwo.", code: "def f(self):\n\t'''One.\n\tTwo.'''\n\treturn '''a\n\t\tb'''" },
      ]);
    });

    it("rejects what is written in Python 2, and what is too long or too simple for the options", async () => {
      const file = code(
        "def old():",
        "    print 'a'",
        "def long():",
        "    a = 1",
        "    b = 2",
        "    return a if b else b",
        "def simple(): return 1",
      );
      const { kept, rejected } = await run([file], { maxLines: 3, minComplexity: 2 });
      expect(kept).toEqual([]);
      expect(rejected.map(({ reason }) => reason).toSorted()).toEqual([
        "Python 2 syntax: print or exec without parentheses",
        "longer than 3 lines: 4",
        "simpler than complexity 2: 1",
      ]);
    });

    it("takes only the kinds that are asked for, and private names on request", async () => {
      const { kept } = await run([prices], { kinds: ["function"], private: true });
      expect(kept).toMatchObject([{ name: "net" }, { name: "_cents" }]);
    });

    it("survives expressions nested beyond any stack", async () => {
      const { dropped } = await run([code(`x = ${"(".repeat(30_000)}1${")".repeat(30_000)}`)]);
      expect(dropped).toHaveLength(1);
    });
  },
  { inputs: [prices, code("def f(: pass", "def g(): return 1")] },
);
