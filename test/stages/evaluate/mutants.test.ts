import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Example } from "../../../pipeline/contract/records.js";
import type { Target } from "../../../stages/python/lib/records.js";
import { unverified } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import type { Mutant } from "../../../pipeline/contract/mutation.js";
import mutants from "../../../stages/evaluate/mutants.js";
import { chooseMutants } from "../../../stages/evaluate/mutants/choose.js";
import { twinsOf } from "../../../stages/evaluate/lib/twins.js";
import { laterSandbox, sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { example, target } from "../../support/records.js";
import type { StageSurroundings } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

const clamp = `def clamp(value, low, high):
    """The value, or the end of the range that it is beyond.

    >>> clamp(5, 1, 3)
    3
    """
    if value < low:
        return low
    if value > high:
        return high
    return value
`;
const twice = "def twice(number):\n    return number * 2\n";

let shop: Sandboxed;
beforeAll(async () => {
  shop = await sandboxed({ "prices.py": `import math\n\n\n${clamp}\n\n${twice}` });
});
afterAll(async () => await shop.close());

const sandbox = laterSandbox(() => shop);
const surroundings: StageSurroundings = {
  services: { sandbox, sources: { fetch: async () => shop.tree, tree: async () => shop.tree } },
};

const functionOf = (name: string, code: string, lines: [number, number]): Target =>
  target({
    name,
    qualifiedName: name,
    module: "prices",
    code,
    promptCode: code.replace("\n\n    >>> clamp(5, 1, 3)\n    3", ""),
    source: { ref: "folder:shop", name: "shop", version: "1", licence: "MIT", path: "prices.py", lines },
  });
const [ofClamp, ofTwice] = [functionOf("clamp", clamp, [4, 13]), functionOf("twice", twice, [16, 17])];

function tests(response: string, of: Target): Example {
  const { id, targetKind: kind, name, qualifiedName, module } = of;
  return example(response, {
    labels: { teacher: "doctest" },
    evidence: unverified({ id, kind, name, qualifiedName, module }, `import pytest\n\nfrom ${module} import ${name}\n`),
  });
}

const knownOfClamp = tests(
  "def test_high():\n    assert clamp(5, 1, 3) == 3\n\ndef test_wrong():\n    assert clamp(0, 1, 3) == 0",
  ofClamp,
);
const inputs = { targets: [ofClamp], tests: [knownOfClamp] };

stageTest(
  mutants,
  ({ run }) => {
    it("makes programs that a known test fails on, as a model would read them", async () => {
      const { kept } = await run(inputs, { most: 100 }, surroundings);
      expect(kept.length).toBeGreaterThan(1);
      for (const made of kept as Target[]) {
        const twins = await twinsOf(shop.tree.folder, made);
        expect(made).toMatchObject({
          name: "clamp",
          module: "prices",
          from: [ofClamp.id],
          mutant: { line: expect.any(Number) as number },
        });
        expect([
          made.promptCode.includes(">>>"),
          made.promptCode.includes("or the end of the range"),
          made.promptCode === ofClamp.promptCode,
        ]).toEqual([false, true, false]);
        expect(twins).toMatchObject({ bug: "mutant", correct: null });
        const run = async (replacement: string | null) =>
          await shop.api.runTests({
            source: shop.tree,
            code: "from prices import clamp\n\ndef test_high():\n    assert clamp(5, 1, 3) == 3\n",
            target: { module: "prices", qualifiedName: "clamp" },
            hashSeeds: [0],
            timeout: 2,
            memory: 256,
            ...(replacement !== null && { replacement }),
          });
        expect((await run(twins?.buggy ?? null)).verdicts[0]?.outcome).not.toBe("passed");
        expect((await run(null)).verdicts[0]?.outcome).toBe("passed");
      }
    });

    it("says of what no mutant can be told from the function, and takes no more than wanted", async () => {
      const blind = tests("def test_it():\n    twice(2)\n    assert twice is not None", ofTwice);
      const { kept, dropped } = await run(
        { targets: [ofClamp, ofTwice], tests: [knownOfClamp, blind] },
        { most: 2 },
        surroundings,
      );
      expect(kept).toHaveLength(2);
      expect(dropped).toMatchObject([{ reason: "kills no mutant: no known test of it notices a change" }]);
      const untested = await run({ targets: [ofTwice], tests: [] }, {}, surroundings);
      expect(untested.dropped).toMatchObject([{ reason: "no known test: nothing tells a mutant from it" }]);
    });

    it("takes other targets only where there is room for them", async () => {
      const known = tests("def test_it():\n    assert twice(3) == 6", ofTwice);
      const one = await run({ targets: [ofClamp, ofTwice], tests: [knownOfClamp, known] }, { most: 1 }, surroundings);
      expect([one.kept.length, one.dropped.map(({ reason }) => reason)]).toEqual([1, ["more than wanted: most is 1"]]);
      const two = await run({ targets: [ofClamp, ofTwice], tests: [knownOfClamp, known] }, { most: 2 }, surroundings);
      expect(new Set((two.kept as Target[]).map(({ name }) => name))).toEqual(new Set(["clamp", "twice"]));
    });
  },
  { inputs, surroundings },
);

describe("chooseMutants", () => {
  const mutant = (operator: string, line: number): Mutant => ({
    operator,
    line,
    diff: `${operator} ${line}`,
    outcome: "killed",
    killedBy: "test_it",
  });
  const of = (key: string, ...mutantsOfIt: readonly Mutant[]) => ({ key, of: key, mutants: mutantsOfIt });
  const all = [
    of("a", mutant("return", 1), mutant("return", 2), mutant("constant", 3)),
    of("b", mutant("return", 1), mutant("constant", 2)),
    of("c", mutant("return", 1)),
  ];
  const choose = (most: number, seed = 1) =>
    chooseMutants(all, { most, seed }, (target, { operator, line }) => ({ target, operator, line }));

  it("takes each target in turn, and the rarest operator of it", () => {
    const three = choose(3);
    expect(three.map(({ target }) => target).toSorted()).toEqual(["a", "b", "c"]);
    expect(
      new Set(
        choose(5)
          .slice(0, 3)
          .map(({ operator }) => operator),
      ).size,
    ).toBe(2);
    expect(choose(100)).toHaveLength(6);
  });

  it("only adds where more are wanted, and draws by the seed", () => {
    expect(choose(6).slice(0, 4)).toEqual(choose(4));
    expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => JSON.stringify(choose(1, seed)))).size).toBeGreaterThan(1);
  });

  it("takes another where nothing can be made of one", () => {
    const made = chooseMutants(all, { most: 3, seed: 1 }, (target, { operator, line }) =>
      operator === "constant" ? null : { target, line },
    );
    expect(made.map(({ target }) => target).toSorted()).toEqual(["a", "b", "c"]);
  });
});
