import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Mutant, MutationRun } from "../../pipeline/contract/mutation.js";
import { readMutantRun } from "../../pipeline/sandbox/mutant-report.js";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

const calc = `
import asyncio
import functools

def clamp(x, low, high):
    """Between them, both included."""
    if x < low:
        return low
    if x > high:
        return high
    return x

def countdown(n):
    while n > 0:
        n -= 1
    return n

def grow(n):
    held = []
    while n > 0:
        n = n - 1
        held.append(bytearray(4 << 20))
    return len(held)

def deep(n):
    return 0 if n == 0 else deep(n - 1)

def names():
    return ["one", "two"]

def loud(method):
    @functools.wraps(method)
    def wrapper(*arguments):
        return method(*arguments) + "!"
    return wrapper

class Box:
    def __init__(self, value):
        self.value = value
    @loud
    def text(self):
        return str(self.value)
    @property
    def double(self):
        return self.value * 2
    @staticmethod
    def half(value):
        return value // 2
    @classmethod
    @functools.lru_cache(maxsize=None)
    def one(cls):
        return cls(1)

def counter():
    count = 0
    def step():
        nonlocal count
        count += 1
        return count
    return step

tick = counter()

def evens(items):
    for item in items:
        if item % 2 == 0:
            yield item

async def later(value):
    await asyncio.sleep(0)
    return value + 1

@functools.lru_cache
def scaled(value, by=3, *, start=10):
    return start + value * by

def nothing():
    pass
`;

let box: Sandboxed;
let alone: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({ "calc.py": calc });
  alone = await sandboxed({ "calc.py": calc }, { workers: 1 });
});
afterAll(async () => {
  await box.close();
  await alone.close();
});

const imports = "import pytest\nimport calc\nfrom calc import *\n\n";

async function mutate(target: string, test: string, options: Partial<MutationRun> = {}, where = box) {
  return await where.api.mutate({
    source: where.tree,
    code: `${imports}${test}\n`,
    target: { module: "calc", qualifiedName: target },
    tests: ["test_a"],
    hashSeed: 0,
    limit: 100,
    enough: null,
    timeout: 10,
    memory: 512,
    ...options,
  });
}

/** The lines that each mutant puts in, by outcome. */
function outcomes(mutants: readonly Mutant[]): Record<Mutant["outcome"], string[]> {
  const of = (wanted: Mutant["outcome"]) =>
    mutants
      .filter(({ outcome }) => outcome === wanted)
      .map(({ diff }) =>
        diff
          .split("\n")
          .filter((line) => line.startsWith("+"))
          .map((line) => line.slice(1).trim())
          .join("; "),
      )
      .toSorted();
  return { killed: of("killed"), survived: of("survived"), timeout: of("timeout") };
}

describe("a mutant", () => {
  it("is killed by a test that looks at what it changes, and survives the others", async () => {
    const { mutants, total } = await mutate(
      "clamp",
      "def test_a():\n    assert clamp(1, 2, 3) == 2\n    assert clamp(2.5, 2, 3) == 2.5",
    );
    expect(total).toBe(7);
    expect(outcomes(mutants)).toEqual({
      killed: ["if x <= high:", "if x >= low:", "return None", "return None"],
      survived: ["if x <= low:", "if x >= high:", "return None"],
      timeout: [],
    });
    expect(mutants.find(({ operator, outcome }) => operator === "comparison" && outcome === "killed")).toEqual({
      operator: "comparison",
      line: 7,
      outcome: "killed",
      killedBy: "test_a",
      diff:
        '@@ -5,6 +5,6 @@\n def clamp(x, low, high):\n     """Between them, both included."""\n-    if x < ' +
        "low:\n+    if x >= low:\n         return low\n     if x > high:\n         return high\n",
    });
  });

  it("names the test that killed it; tests that are not asked for do not run", async () => {
    const tests =
      "def test_a():\n    assert names()\n\ndef test_b():\n    assert names()[1] == 'two'\n\ndef test_c():\n    " +
      "assert names() == []";
    const { mutants } = await mutate("names", tests, { tests: ["test_a", "test_b"] });
    expect(mutants.map(({ operator, outcome, killedBy }) => [operator, outcome, killedBy])).toEqual([
      ["return", "killed", "test_a"],
      ["constant", "survived", null],
      ["constant", "killed", "test_b"],
    ]);
  });

  it("of a default is killed by a test that leaves the argument out, before the file is loaded too", async () => {
    const changed = async (test: string) => {
      const { mutants } = await mutate("scaled", test);
      return outcomes(mutants.filter(({ operator }) => operator === "default"));
    };
    const [fewer, more, lower, higher] = [
      "by=2, *, start=10",
      "by=4, *, start=10",
      "by=3, *, start=9",
      "by=3, *, start=11",
    ].map((rest) => `def scaled(value, ${rest}):`);
    expect(await changed("one = scaled(2, start=1)\n\ndef test_a():\n    assert one == 7")).toEqual({
      killed: [fewer, more],
      survived: [higher, lower],
      timeout: [],
    });
    expect(await changed("def test_a():\n    assert scaled(2, 1) == 12")).toEqual({
      killed: [higher, lower],
      survived: [fewer, more],
      timeout: [],
    });
  });

  it("that never ends is a timeout, which is no kill", async () => {
    const { mutants } = await mutate("countdown", "def test_a():\n    assert countdown(3) == 0");
    expect(mutants.filter(({ outcome }) => outcome === "timeout").every(({ killedBy }) => killedBy === null)).toBe(
      true,
    );
    expect(outcomes(mutants).timeout).toEqual(["n += 1", "n -= 0", "n = 1", "pass"]);
    expect(outcomes(mutants).killed).toContain("while n >= 0:");
  });

  it("that uses up the memory is none either", async () => {
    const { mutants } = await mutate("grow", "def test_a():\n    assert grow(1) == 1", { memory: 128 });
    expect(outcomes(mutants).timeout).toContain("n = n + 1");
    expect(outcomes(mutants).killed).toContain("while n >= 0:");
  });

  it("that recurses without end is killed by the error", async () => {
    const { mutants } = await mutate("deep", "def test_a():\n    assert deep(3) == 0");
    expect(outcomes(mutants).killed).toContain("return 0 if n == 0 else deep(n + 1)");
  });

  it("is killed where the file cannot be loaded with it", async () => {
    const { mutants } = await mutate(
      "names",
      "first, second = names()\n\ndef test_a():\n    assert names()\n\ndef test_b():\n    assert first == 'one'",
      { tests: ["test_a", "test_b"] },
    );
    expect(mutants[0]).toMatchObject({ operator: "return", outcome: "killed", killedBy: "test_a" });
  });

  it("is not killed by a test that is skipped, or by one that is gone", async () => {
    const { mutants } = await mutate(
      "names",
      "@pytest.mark.parametrize('name', names() or [])\ndef test_a(name):\n    if name != 'one':\n        " +
        "pytest.skip('another')",
    );
    expect(outcomes(mutants)).toMatchObject({ killed: [], timeout: [] });
  });

  it.each([
    ["Box.text", "text = Box(1).text()\n\ndef test_a():\n    assert text == '1!'", "return None"],
    ["Box.double", "def test_a():\n    assert Box(2).double == 4", "return self.value / 2"],
    ["Box.half", "def test_a():\n    assert Box.half(5) == 2", "return value / 2"],
    ["Box.one", "def test_a():\n    assert Box.one().value == 1", "return cls(2)"],
    ["loud", "def test_a():\n    assert Box(1).text() == '1!'", "return None"],
    ["counter.step", "def test_a():\n    assert calc.tick() == 1", "count -= 1"],
    ["evens", "def test_a():\n    assert list(evens([1, 2])) == [2]", "if item % 2 != 0:"],
    ["later", "import asyncio\n\ndef test_a():\n    assert asyncio.run(later(1)) == 2", "return value - 1"],
  ])("is in place before the file is loaded, whatever wraps the target: %s", async (target, test, change) => {
    const { mutants } = await mutate(target, test);
    expect(outcomes(mutants).killed).toContain(change);
  });

  it("of a class is one of any of its methods", async () => {
    const { mutants } = await mutate("Box", "def test_a():\n    assert Box(2).double == 4");
    expect(outcomes(mutants)).toEqual({
      killed: ["pass", "return None", "return self.value * 1", "return self.value * 3", "return self.value / 2"],
      survived: [
        "return None",
        "return None",
        "return None",
        "return cls(0)",
        "return cls(2)",
        "return value / 2",
        "return value // 1",
        "return value // 3",
      ],
      timeout: [],
    });
  });

  it("leaves nothing behind: the target is itself again", async () => {
    await mutate("clamp", "def test_a():\n    assert clamp(1, 2, 3) == 2");
    const { verdicts } = await box.run(`${imports}def test_a():\n    assert clamp(1, 2, 3) == 2\n`, {
      target: "clamp",
    });
    expect(verdicts).toMatchObject([{ outcome: "passed" }]);
  });
});

describe("a target", () => {
  it.each(["nothing", "missing", "Box.missing"])(
    "of which nothing can be changed has no mutant: %s",
    async (target) => {
      expect(await mutate(target, "def test_a():\n    assert calc")).toEqual({ mutants: [], total: 0 });
    },
  );

  it("whose module cannot be loaded has none", async () => {
    const request = { target: { module: "no_such_module", qualifiedName: "f" } };
    expect(await mutate("", "def test_a():\n    assert calc", request)).toEqual({ mutants: [], total: 0 });
  });
});

describe("a run on mutants", () => {
  const test = "def test_a():\n    assert clamp(1, 2, 3) == 2\n    assert clamp(2, 2, 3) == 2";

  it("ends once enough are killed", async () => {
    const { mutants, total } = await mutate("clamp", test, { enough: 2 });
    expect(mutants.filter(({ outcome }) => outcome === "killed")).toHaveLength(2);
    expect(mutants.at(-1)?.outcome).toBe("killed");
    expect(mutants.length).toBeLessThan(total);
  });

  it("takes a fixed choice where there are too many, of different operators first", async () => {
    const whole = await mutate("clamp", test);
    const some = await mutate("clamp", test, { limit: 3 });
    expect(some).toEqual({ mutants: whole.mutants.slice(0, 3), total: 7 });
    expect(new Set(some.mutants.map(({ operator }) => operator)).size).toBe(3);
  });

  it("names every test that notices a mutant, where that is asked for", async () => {
    const tests =
      "def test_a():\n    assert names()\n\ndef test_b():\n    assert names()[1] == 'two'\n\ndef test_c():\n    " +
      "assert names() == ['one', 'two']";
    const { mutants, passed } = await mutate("names", tests, {
      tests: ["test_a", "test_b", "test_c"],
      everyTest: true,
    });
    expect(passed).toEqual(["test_a", "test_b", "test_c"]);
    expect(mutants.map(({ operator, killedBy, killers }) => [operator, killedBy, killers])).toEqual([
      ["return", "test_a", ["test_a", "test_b", "test_c"]],
      ["constant", "test_c", ["test_c"]],
      ["constant", "test_b", ["test_b", "test_c"]],
    ]);
  });

  it.each([
    [
      "writes a file that must not be there",
      "def test_a(tmp_path):\n    open('/tmp/once', 'x').close()\n    (tmp_path / 'once').mkdir()\n    assert " +
        "len(names()) == 2",
    ],
    [
      "counts how often it was run",
      "calls = []\n\ndef test_a():\n    calls.append(1)\n    assert len(names()) == 2 * len(calls)",
    ],
    [
      "goes on in a process of its own",
      "import subprocess, sys\n\ndef test_a():\n    subprocess.Popen([sys.executable, '-c', 'import time; " +
        "time.sleep(60)'], start_new_session=True)\n    assert len(names()) == 2",
    ],
    [
      "changes what it is run on",
      "def test_a():\n    open('test_generated.py', 'a').write('\\n# run')\n    assert len(names()) == 2",
    ],
  ])("is noticed by no run that only sees what one before has left: a test that %s", async (_, test) => {
    const { mutants } = await mutate("names", test);
    expect(mutants.map(({ operator, outcome }) => [operator, outcome])).toEqual([
      ["return", "killed"],
      ["constant", "survived"],
      ["constant", "survived"],
    ]);
  });

  it("says the same in forks of one child as in a child of its own", async () => {
    const tests =
      "import pytest\n\ndef test_a():\n    assert clamp(1, 2, 3) == 2\n\n@pytest.mark.parametrize('x', [2.5, " +
      "9])\ndef test_b(x):\n    assert clamp(x, 2, 3) <= 3\n\ndef test_c():\n    with pytest.raises(TypeError):\n    " +
      "    clamp('', 1, 2)";
    const options = { tests: ["test_a", "test_b", "test_c"], everyTest: true };
    // What is computed where the file is loaded may be a mutant's doing.
    const inChildren = await mutate("clamp", `loaded = len("x")\n\n${tests}`, options);
    expect(await mutate("clamp", tests, options)).toEqual(inChildren);
    expect(await mutate("clamp", tests, { ...options, everyTest: false, enough: 2 })).toEqual(
      await mutate("clamp", `loaded = len("x")\n\n${tests}`, { ...options, everyTest: false, enough: 2 }),
    );
  });

  it("says the same with one worker as with two", async () => {
    expect(await mutate("Box", test.replaceAll("clamp(1, 2, 3)", "Box(1).double"), {}, alone)).toEqual(
      await mutate("Box", test.replaceAll("clamp(1, 2, 3)", "Box(1).double")),
    );
  });

  it("leaves out a test that does not pass on the target itself", async () => {
    const { mutants } = await mutate("clamp", "def test_a():\n    assert clamp(1, 2, 3) == 5");
    expect(mutants.every(({ outcome }) => outcome === "survived")).toBe(true);
  });
});

describe("the report of a run on a mutant", () => {
  const failed = [
    '{"collected":["test_a"]}\n',
    '{"start":"test_a"}\n',
    '{"test":"test_a","phase":"call","parameters":"","error":{"reason":"wrong-value","detail":"no"}}\n',
  ].join("");
  const tests = ["test_a"];

  it("is no kill unless it was written to the end, with the nonce, once", () => {
    const read = (end: string) => readMutantRun({ report: `${failed}${end}`, limit: null, status: 0 }, "nonce", tests);
    expect(read('{"end":"test_a"}\n{"done":"nonce","finished":1}\n')).toEqual({
      outcome: "killed",
      killedBy: "test_a",
      killers: ["test_a"],
    });
    expect(read('{"end":"test_a"}\n{"done":"guess","finished":1}\n')).toMatchObject({
      outcome: "survived",
      killedBy: null,
    });
    expect(read('{"done":"guess","finished":1}\n{"done":"nonce","finished":1}\n')).toMatchObject({
      outcome: "survived",
      killedBy: null,
    });
    expect(read("")).toMatchObject({ outcome: "survived", killedBy: null });
  });

  it.each([
    ["a crash", { limit: null, status: -11 }, "killed"],
    ["an exit", { limit: null, status: 3 }, "killed"],
    ["too much time", { limit: "cpu", status: -9 }, "timeout"],
    ["too long a wait", { limit: "idle", status: -9 }, "timeout"],
    ["too much memory", { limit: "memory", status: -9 }, "timeout"],
    ["the machine's lack of memory", { limit: null, status: -9 }, "timeout"],
  ] as const)("of a process that was ended by %s", (_, end, outcome) => {
    const report = '{"collected":["test_a"]}\n{"start":"test_a"}\n';
    expect(readMutantRun({ report, ...end }, "nonce", tests)).toMatchObject({
      outcome,
      killedBy: outcome === "killed" ? "test_a" : null,
    });
  });
});
