import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PipelineError } from "../../../pipeline/system/errors.js";
import { renderInstruction } from "../../../pipeline/contract/prompt.js";
import { type Example, SourceFile } from "../../../pipeline/contract/records.js";
import type { Target } from "../../../stages/python/lib/records.js";
import type { RecordRequest } from "../../../pipeline/contract/sandbox.js";
import { targetsOf } from "../../../stages/python/lib/targets.js";
import record from "../../../stages/tests/record.js";
import { variationsOf } from "../../../stages/tests/lib/calls/variations.js";
import { firstValues } from "../../../stages/tests/lib/calls/values.js";
import verify from "../../../stages/tests/verify.js";
import { laterSandbox, sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { runStage } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

const code = `
import math
import random

class Refused(Exception):
    pass

def add(a: int, b: int) -> int:
    return a + b

def half(number: float) -> float:
    return number / 3

def is_long(text: str, limit: int = 5) -> bool:
    return len(text) > limit

def check(n: int) -> int:
    if n < 0:
        raise ValueError("negative")
    if n == 0:
        raise Refused("zero")
    return n * n

def pairs(iterable):
    for first in iterable:
        yield first, first

def rule(size):
    """Draws a line.

    >>> width = 4
    >>> rule(width)
    '----'
    """
    return "-" * size

def combine(words, how):
    """Joins words.

    >>> join = lambda a, b: a + b
    >>> combine(["x", "y"], join)
    'xy'
    >>> combine(unknown, join)
    """
    result = words[0]
    for word in words[1:]:
        result = how(result, word)
    return result

def averages(values: list[float]) -> list[float]:
    return [value / 3 for value in values]

def nothing(n: int) -> None:
    math.sqrt(4)

def always(n: int) -> str:
    return "same"

def same(text: str) -> str:
    return text

def roll(n: int) -> int:
    return random.randrange(n)

def draw(graph):
    return graph.nodes

def endless(n: int) -> int:
    while n > 0:
        n += 1
    return n

def thing(n: int):
    return object()

def sort(items: list[int]) -> None:
    items.sort()

async def later(n: int) -> int:
    return n
`;
import { shownTarget } from "../../../stages/python/lib/test-prompt.js";
import { pattern } from "../../support/pattern.js";

let shop: Sandboxed;
beforeAll(async () => {
  shop = await sandboxed({ "prices.py": code });
});
afterAll(async () => await shop.close());

const sandbox = laterSandbox(() => shop);
const prompt = { name: "pytest", instruction: "Write pytest tests for {{qualified_name}}." };
const surroundings = { services: { sandbox }, prompts: { "prompts/pytest.yaml": prompt } };

const file = SourceFile.make(
  { language: "python", role: "code", module: "prices", encoding: "utf-8", text: code },
  {
    source: { ref: "folder:shop", name: "sample", version: "1", licence: "LicenseRef-own", path: "prices.py" },
    from: [],
  },
);
const targets = targetsOf(file, {
  kinds: ["function", "method", "class"],
  private: false,
  maxLines: 200,
  minComplexity: 1,
}).targets;

stageTest(
  record,
  ({ run }) => {
    const recordOf = async (name: string, options = {}) => {
      const { kept, dropped } = await run([target(name)], options, surroundings);
      return { response: (kept[0] as Example | undefined)?.response, reason: dropped[0]?.reason };
    };

    it("writes down what a function answers, first for ordinary values, then for their edges", async () => {
      const { response } = await recordOf("add", { calls: 4 });
      expect(response).toBe(
        [
          "def test_add():",
          "    assert add(3, 2) == 5",
          "",
          "",
          "def test_add_with_zero_a():",
          "    assert add(0, 2) == 2",
          "",
          "",
          "def test_add_with_zero_b():",
          "    assert add(3, 0) == 3",
          "",
          "",
          "def test_add_with_negative_a():",
          "    assert add(-3, 2) == -1",
        ].join("\n"),
      );
    });

    it("fails a target whose calls the sandbox lost, goes on, and remembers nothing of it", async () => {
      const memo = new Map<string, unknown>();
      const losing = {
        ...sandbox,
        record: async (request: RecordRequest) => {
          if (request.target.qualifiedName === "add")
            throw new PipelineError("the sandbox lost calls: the runner has ended", { code: "sandbox" });
          return await sandbox.record(request);
        },
      };
      const all = [target("add"), target("half")];
      const first = await run(all, {}, { ...surroundings, services: { sandbox: losing }, memo });
      expect(first.failed).toMatchObject([
        {
          record: target("add").id,
          code: "sandbox-lost",
          reason: "the sandbox lost the run: the sandbox lost calls: the runner has ended",
        },
      ]);
      const second = await run(all, {}, { ...surroundings, memo });
      expect(second.failed).toEqual([]);
      expect(second.kept.length).toBe(first.kept.length + 1);
    });

    it("makes an example of it: the prompt, the label, the place, what the tests are of", async () => {
      const add = target("add");
      const {
        kept: [kept],
      } = await run([add], {}, surroundings);
      expect(kept).toMatchObject({
        task: "pytest",
        language: "python",
        prompt: renderInstruction(prompt, shownTarget(add)),
        labels: { teacher: "record" },
        split: null,
        source: add.source,
        from: [add.id],
        evidence: {
          type: "pytest",
          target: { id: add.id, qualifiedName: "add", module: "prices" },
          preamble: "import pytest\n\nfrom prices import add\n",
          verdicts: [],
        },
      });
    });

    it("compares inexact numbers approximately, alone and side by side, and truth by identity", async () => {
      expect((await recordOf("half")).response).toContain("assert half(2.5) == pytest.approx(0.8333333333333334)");
      expect((await recordOf("half")).response).toContain("assert half(0.0) == 0.0");
      expect((await recordOf("averages")).response).toMatch(
        pattern(
          /^ {4}result = averages\(\[2\.5, 0\.5, 1\.0\]\)\n/mu,
          / {4}assert result == pytest\.approx\(\[0\.83\d+, 0\.16\d+, 0\.33\d+\]\)$/mu,
        ),
      );
      expect((await recordOf("is_long")).response).toContain("assert is_long('') is False");
    });

    it("expects the exceptions that the function raises, its own too", async () => {
      const { response } = await recordOf("check");
      expect(response).toContain(
        "def test_check_raises_value_error_with_negative_n():\n    with pytest.raises(ValueError):\n        check(-2)",
      );
      expect(response).toContain(
        "    from prices import Refused\n\n    with pytest.raises(Refused):\n        check(0)",
      );
    });

    it("lists what an iterator gives", async () => {
      expect((await recordOf("pairs")).response).toContain(
        "def test_pairs_with_empty_iterable():\n    assert list(pairs([])) == []",
      );
    });

    it("starts from the calls of the docstring, with the values of its variables", async () => {
      expect((await recordOf("rule")).response).toMatch(/^def test_rule\(\):\n {4}assert rule\(4\) == '----'$/mu);
      expect((await recordOf("combine")).response).toContain(
        'assert combine(["x", "y"], lambda a, b: a + b) == \'xy\'',
      );
    });

    it.each([
      ["nothing", "nothing but None"],
      ["always", "constant: every call answers 'same'"],
      ["same", "identity: every call answers its argument"],
      ["roll", "not deterministic: uses random"],
      ["draw", "no arguments: nothing is known of graph"],
      ["thing", "no literal: object"],
      ["sort", "unusable: changes its arguments"],
      ["later", "asynchronous: its calls answer coroutines"],
      ["Refused", "not a function: class"],
    ])("drops %s, and says why: %s", async (name, reason) => {
      expect(await recordOf(name)).toEqual({ response: undefined, reason });
    });

    it("leaves a call that does not end, and goes on", async () => {
      const { kept, dropped } = await run([target("endless"), target("add")], { timeout: 0.5 }, surroundings);
      expect(kept).toHaveLength(1);
      expect(dropped).toMatchObject([{ reason: "unusable: timeout" }]);
    });

    it("records nothing when it is switched off", async () => {
      expect((await recordOf("add", { enabled: false })).reason).toBe("switched off: enabled is false");
    });

    it("writes tests that pass", async () => {
      const { kept } = await run(targets, { timeout: 1 }, surroundings);
      expect(kept.length).toBeGreaterThan(6);
      const verified = await runStage(verify, kept, { runs: 1 }, surroundings);
      expect(verified).toMatchObject({ dropped: [], failed: [], rejected: [] });
    });
  },
  { inputs: ["add", "check", "nothing"].map(target), options: { calls: 3 }, surroundings },
);

describe("values to begin with", () => {
  it.each([
    ["int", "n", ["2"]],
    ["Optional[str]", "sep", ["'-'"]],
    ["int | None", "size", ["2"]],
    ["'typing.Sequence[int]'", "anything", ["[3, 1, 2]"]],
    ["Iterable[Iterable[str]]", "x", ["[['b', 'a', 'c'], ['b', 'a', 'c']]"]],
    ["Dict[str, int]", "x", ["{'a': 3, 'b': 1}"]],
    ["tuple[int, str]", "x", ["(3, 'hello world')"]],
    ["tuple[float, ...]", "x", ["(2.5, 0.5, 1.0)"]],
    ["Callable[[int, int], int]", "x", ["lambda a, b: a + b"]],
    ["Callable[[T], bool]", "x", ["lambda x: x > 1"]],
    ["Literal['up', 'down']", "x", ["'up'"]],
    ["datetime | float", "x", ["2.5"]],
    ["nx.Graph", "graph", []],
    [null, "predicate", ["lambda x: x > 1"]],
    [null, "G", []],
  ])("are found for %s %s", (annotation, name, expected) => {
    expect(firstValues({ name, annotation, kind: "positional-or-keyword", default: null })).toEqual(expected);
  });
});

describe("variations", () => {
  it.each([
    ["3", ["0", "-3", "30", "1"]],
    ["-2.5", ["0", "2.5"]],
    ["True", ["False"]],
    ["'a b'", ["''", "'a'", "'A B'", "'a b a b'"]],
    ["[1, 2]", ["[]", "[1]", "[2, 1]", "[1, 2, 1]"]],
    ["(1,)", ["()", "(1, 1)"]],
    ["{'a': 1, 'b': 2}", ["{}", "{'a': 1}"]],
    ["lambda x: x", []],
    ["None", []],
    ["not python", []],
  ])("of %s are the edges of its type", (text, expected) => {
    expect(variationsOf(text).map((variation) => variation.text)).toEqual(expected);
  });
});

function target(name: string): Target {
  const found = targets.find(({ qualifiedName }) => qualifiedName === name);
  if (found === undefined) throw new Error(`no target ${name}`);
  return found;
}
