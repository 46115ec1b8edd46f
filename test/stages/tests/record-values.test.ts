import { afterAll, beforeAll, describe, expect, it } from "vitest";
import recordValues from "../../../stages/tests/record-values.js";
import { testFunctions } from "../../../stages/tests/lib/test-functions.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { stageTest } from "../../support/stage-test.js";
import { type Recorded, recordedBy } from "./recorded-values.js";
import { pytestExample } from "./verify-example.js";

const prices = `
class Closed(Exception):
    pass

def add(a, b=1):
    if a is None:
        raise ValueError("no amount (at all)")
    if a == "closed":
        raise Closed()
    if a == "nothing":
        return None
    return a + b

def each(*items):
    yield from items

async def later(a):
    return a + 1

def sort(items, *more):
    items.sort()
    items.extend(more)

class Shelf:
    def __init__(self):
        self.items = {}

    def put(self, name, count=1):
        self.items[name] = self.items.get(name, 0) + count
        return self

    def empty(self, at=None):
        self.items = {} if at is None else {"at": object()}

    def __repr__(self):
        return f"Shelf({self.items})"
`;

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({ "prices.py": prices });
});
afterAll(() => box.close());

/** What a model wrote, and what stands there afterwards; the same where it was right, or where nothing can be known. */
const forms: readonly (readonly [form: string, written: string, wanted?: string])[] = [
  ["a value", "assert add(1, 2) == 4", "assert add(1, 2) == 3"],
  ["a value that is right", "assert add(1, 2)   ==   3  # three\n    assert True"],
  ["a value on the left", "assert 4 == add(1, 2)", "assert 3 == add(1, 2)"],
  ["what is said behind it", "assert add(1, 2) == 4, 'is four'  # one and two", "assert add(1, 2) == 3"],
  [
    "over lines",
    "assert add(\n        1,  # one\n        2,\n    ) == (\n        4\n    )",
    "assert add(\n        1,  # one\n        2,\n    ) == (\n        3\n    )",
  ],
  ["not equal", "assert add(1, 2) != 3", "assert add(1, 2) == 3"],
  ["none", "assert add('nothing') == 3", "assert add('nothing') is None"],
  ["is none", "assert add(1, 2) is None", "assert add(1, 2) == 3"],
  ["is not none", "assert add('nothing') is not None", "assert add('nothing') is None"],
  ["in", "assert add(1, 2) in (4, 5)", "assert add(1, 2) == 3"],
  ["holds", "assert 'x' in add('a', 'b')", "assert add('a', 'b') == \"ab\""],
  ["does not hold", "assert 'a' not in add('a', 'b')", "assert add('a', 'b') == \"ab\""],
  ["greater", "assert add(1, 2) > 5", "assert add(1, 2) == 3"],
  ["between", "assert 5 < add(1, 2) < 9", "assert add(1, 2) == 3"],
  ["truth", "assert add(0, 0)", "assert add(0, 0) == 0"],
  ["no truth", "assert not add(1, 2)", "assert add(1, 2) == 3"],
  ["class", "assert isinstance(add(1, 2), str)", "assert add(1, 2) == 3"],
  ["and", "assert add(1, 2) == 4 and add(1, 1) == 2", "assert add(1, 2) == 3 and add(1, 1) == 2"],
  ["length", "assert len(add([1], [2])) == 3", "assert len(add([1], [2])) == 2"],
  ["sorted", "assert sorted(add([2], [1])) == [2, 1]", "assert sorted(add([2], [1])) == [1, 2]"],
  ["item", "assert add([1], [2])[0] == 2", "assert add([1], [2])[0] == 1"],
  [
    "approx",
    "assert add(0.1, 0.2) == pytest.approx(0.4, abs=1e-6)",
    "assert add(0.1, 0.2) == pytest.approx(0.30000000000000004, abs=1e-6)",
  ],
  [
    "approx of many",
    "assert add([0.1], [0.2]) == pytest.approx([0.1, 0.3])",
    "assert add([0.1], [0.2]) == pytest.approx([0.1, 0.2])",
  ],
  ["tolerance", "assert abs(add(1, 2) - 4) < 0.01", "assert abs(add(1, 2) - 3) < 0.01"],
  ["rounded", "assert round(add(1.25, 1), 1) == 2.3", "assert round(add(1.25, 1), 1) == pytest.approx(2.2)"],
  ["variable", "result = add(1, 2)\n    assert result == 4", "result = add(1, 2)\n    assert result == 3"],
  [
    "expected variable",
    "expected = 4\n    assert add(1, 2) == expected",
    "expected = 3\n    assert add(1, 2) == expected",
  ],
  ["computed", "a = 2\n    assert add(1, a) == a * 2", "a = 2\n    assert add(1, a) == 3"],
  [
    "several",
    "assert add(1, 2) == 3\n    assert add(2, 2) == 5\n    assert add(3, 3) == 7",
    "assert add(1, 2) == 3\n    assert add(2, 2) == 4\n    assert add(3, 3) == 6",
  ],
  [
    "attribute",
    "shelf = Shelf().put('cap')\n    assert shelf.items == {}",
    "shelf = Shelf().put('cap')\n    assert shelf.items == {\"cap\": 1}",
  ],
  [
    "changed argument",
    "items = [2, 1]\n    sort(items)\n    assert items == [2, 1]",
    "items = [2, 1]\n    sort(items)\n    assert items == [1, 2]",
  ],
  [
    "what it changes",
    "items = [2, 1]\n    assert sort(items) == [1, 2]",
    "items = [2, 1]\n    assert sort(items) is None\n    assert items == [1, 2]",
  ],
  [
    "what it changes beside none",
    "items = [2, 1]\n    assert sort(items) is None  # in place",
    "items = [2, 1]\n    assert sort(items) is None\n    assert items == [1, 2]",
  ],
  [
    "what it changes without a name",
    "assert sort([2, 1], 'x') == [1, 2]",
    "items = [2, 1]\n    assert sort(items, 'x') is None\n    assert items == [1, 2, \"x\"]",
  ],
  ["what it leaves as it is", "items = [1, 2]\n    assert sort(items) is None"],
  [
    "what it makes of its object",
    "shelf = Shelf().put('cap')\n    assert shelf.empty() == {}",
    "shelf = Shelf().put('cap')\n    assert shelf.empty() is None\n    assert repr(shelf) == \"Shelf({})\"",
  ],
  [
    "what it makes of its object that nobody can settle",
    "shelf = Shelf().put('cap')\n    assert shelf.empty(1) is None",
  ],
  ["iterator", "assert each(1, 2) == [1, 2]", "assert list(each(1, 2)) == [1, 2]"],
  ["wrong iterator", "assert each(1, 2) == [1]", "assert list(each(1, 2)) == [1, 2]"],
  ["list of an iterator", "assert list(each(1, 2)) == [1]", "assert list(each(1, 2)) == [1, 2]"],
  ["asyncio", "assert asyncio.run(later(1)) == 3", "assert asyncio.run(later(1)) == 2"],
  [
    "await",
    "async def run_test():\n        assert await later(1) == 3\n\n    asyncio.run(run_test())",
    "async def run_test():\n        assert await later(1) == 2\n\n    asyncio.run(run_test())",
  ],
  ["exception for a value", "assert add(None) == 1", "with pytest.raises(ValueError):\n        add(None)"],
  ["exception of its own", "assert add('closed') == 1", "with pytest.raises(Closed):\n        add('closed')"],
  [
    "exception before",
    "result = add(None)\n    assert result == 1\n    assert result != 2",
    "with pytest.raises(ValueError):\n        result = add(None)",
  ],
  [
    "another exception",
    "with pytest.raises(TypeError):\n        add(None)",
    "with pytest.raises(ValueError):\n        add(None)",
  ],
  [
    "another message",
    "with pytest.raises(ValueError, match='nope'):\n        add(None)",
    'with pytest.raises(ValueError, match=r"no amount \\(at all\\)"):\n        add(None)',
  ],
  [
    "its message",
    "with pytest.raises(ValueError) as info:\n        add(None)\n    assert str(info.value) == 'no'",
    'with pytest.raises(ValueError) as info:\n        add(None)\n    assert str(info.value) == "no amount (at all)"',
  ],
  [
    "no exception",
    "with pytest.raises(ValueError) as info:\n        add(1, 2)\n    assert 'no' in str(info.value)",
    "assert add(1, 2) == 3",
  ],
  ["called wrongly", "assert add(1, 2, 3) == 6"],
  ["misused", "assert add(1, 'a') == 6"],
  ["nothing of the code", "add(1, 2)\n    assert [1] == [2]"],
  [
    "loop",
    "for a, total in [(1, 2), (2, 4), (3, 9)]:\n        assert add(a) == total",
    "for a, total in [(1, 2), (2, 3), (3, 4)]:\n        assert add(a) == total",
  ],
  [
    "loop over dicts",
    "cases = [{'a': 1, 'total': 2}, {'a': 2, 'total': 4}]\n    for case in cases:\n        assert add(case['a']) == " +
      "case['total']",
    "cases = [{'a': 1, 'total': 2}, {'a': 2, 'total': 3}]\n    for case in cases:\n        assert add(case['a']) == " +
      "case['total']",
  ],
  ["loop that says one thing", "for a in (1, 2):\n        assert add(a) == 2"],
];

describe("record-values", () => {
  let all: Recorded["expectations"] = [];
  let written: ReadonlyMap<string, string> = new Map();
  const nameOf = (form: string) => `test_${form.replaceAll(/\W/gu, "_")}`;
  beforeAll(async () => {
    const found = await Promise.all(
      ["add", "Shelf", "each", "later", "sort"].map(async (target) => {
        const tests = forms
          .filter(([, code]) => targetOf(code) === target)
          .map(([form, code]) => `def ${nameOf(form)}():\n    ${code}`);
        return await recordedBy(
          () => box,
          [...(target === "later" ? ["import asyncio"] : []), ...tests].join("\n\n\n"),
          target,
        );
      }),
    );
    all = found.flatMap(({ expectations }) => expectations);
    written = new Map(
      found.flatMap(({ response }) => testFunctions(response).map(({ name, code }): [string, string] => [name, code])),
    );
  });
  const targetOf = (code: string) =>
    ["Shelf", "each", "later", "sort"].find((name) => code.includes(`${name}(`) && !code.includes("sorted(")) ?? "add";

  it.each(forms)("writes what the code answers: %s", (form = "", model = "", wanted = model) => {
    expect(written.get(nameOf(form))).toBe(`def ${nameOf(form)}():\n    ${wanted}`);
  });

  it("keeps what the model expected beside what was written, right or wrong", () => {
    const of = (form: string) =>
      all.filter(({ test }) => test === nameOf(form)).map(({ test: _test, ...rest }) => rest);
    expect(of("a value")).toEqual([{ asked: "add(1, 2)", expected: "4", recorded: "3" }]);
    expect(of("a value that is right")).toEqual([{ asked: "add(1, 2)", expected: "3", recorded: null }]);
    expect(of("variable")).toEqual([{ asked: "add(1, 2)", expected: "4", recorded: "3" }]);
    expect(of("exception for a value")).toEqual([{ asked: "add(None)", expected: "1", recorded: "raises ValueError" }]);
    expect(of("no exception")).toEqual([{ asked: "add(1, 2)", expected: "raises ValueError", recorded: "3" }]);
    expect(of("iterator")).toEqual([{ asked: "each(1, 2)", expected: "[1, 2]", recorded: null }]);
    expect(of("loop")).toEqual([
      { asked: "add(1)", expected: "2", recorded: null },
      { asked: "add(2)", expected: "4", recorded: "3" },
      { asked: "add(3)", expected: "9", recorded: "4" },
    ]);
  });

  it("writes the values of tables, and takes rows out that raise", async () => {
    const { response, expectations } = await recordedBy(
      () => box,
      `
      @pytest.mark.parametrize("a, b, total", [
          (1, 2, 3),
          (2, 2, 5),  # five
          pytest.param(3, 3, 7, id="three"),
          (None, 1, 1),
          (4, 4, 8),
      ])
      def test_a(a, b, total):
          assert add(a, b) == total


      @pytest.mark.parametrize("number", [1, 2])
      def test_b(number):
          assert add(number) == number + 1`,
    );
    expect(response).toContain(
      '[\n    (1, 2, 3),\n    (2, 2, 4),\n    pytest.param(3, 3, 6, id="three"),\n    (4, 4, 8),\n]',
    );
    expect(expectations).toContainEqual({
      test: "test_a",
      asked: "add(None, 1)",
      expected: "1",
      recorded: "raises ValueError",
    });
    expect(expectations).toContainEqual({ test: "test_b", asked: "add(1)", expected: "number + 1", recorded: null });
  });

  it("sees what becomes of a test that lacks an import, and mends it", async () => {
    const { example, response } = await recordedBy(() => box, "def test_a():\n    assert add(math.pi, 0) == 3");
    expect([response, example.labels["repair"]]).toEqual([
      "import math\n\n\ndef test_a():\n    assert add(math.pi, 0) == pytest.approx(3.141592653589793)",
      "rule:import",
    ]);
  });

  it("leaves a test as it stands that fails for another reason, and tells what nobody can settle", async () => {
    const code = "def test_a():\n    assert missing(1) == 2\n\n\ndef test_b():\n    assert add(1, object()) == 2";
    const { response, open } = await recordedBy(() => box, code);
    expect([response, open]).toEqual([
      code,
      [expect.stringContaining("it is called in a way that it does not take: TypeError")],
    ]);
  });
});

stageTest(
  recordValues,
  ({ run }) => {
    const services = () => ({ sandbox: box.api, sources: { fetch: async () => box.tree, tree: async () => box.tree } });

    it("never touches what people wrote, or what `record` wrote", async () => {
      const written = ["human", "doctest", "record"].map((teacher) => ({
        ...pytestExample(`def test_${teacher}():\n    assert add(1, 2) == 4`),
        labels: { teacher },
      }));
      expect((await run(written, {}, { services: services() })).kept).toEqual(written);
    });

    it("leaves a model its own values where that is asked for", async () => {
      const wrong = { ...pytestExample("def test_a():\n    assert add(1, 2) == 4"), labels: { teacher: "model:tiny" } };
      expect((await run([wrong], { values: "own" }, { services: services() })).kept).toEqual([wrong]);
    });
  },
  () => ({
    inputs: ["add(1, 2) == 4", "add(2, 2) == 4"].map((asserted, number) => ({
      ...pytestExample(`def test_${number}():\n    assert ${asserted}`),
      id: String(number).repeat(32),
      labels: { teacher: "model:tiny" },
    })),
    surroundings: {
      services: { sandbox: box.api, sources: { fetch: async () => box.tree, tree: async () => box.tree } },
    },
  }),
);
