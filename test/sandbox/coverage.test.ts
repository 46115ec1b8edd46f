import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Coverage } from "../../pipeline/contract/test-run.js";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

const calc = `import functools

def clamp(x, low,
          high=9):
    """Between them."""
    if x < low:
        return low
    elif x > high:
        return high
    return x

def plain(x):
    return x

class Box:
    limit = 3

    @functools.lru_cache
    def size(self):
        return self.limit

    def rest(self):
        for item in range(3):
            if item:
                yield item

def outer(x):
    def inner():
        return x
    return inner
`;

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({ "calc.py": calc });
});
afterAll(() => box.close());

async function covered(
  target: string,
  test: string,
  options: { readonly coverage?: boolean; readonly replacement?: string } = {},
): Promise<Coverage | null> {
  const { coverage } = await box.api.runTests({
    source: box.tree,
    code: `import pytest\nfrom calc import *\n\n${test}\n`,
    target: { module: "calc", qualifiedName: target },
    hashSeeds: [0, 1],
    timeout: 5,
    memory: 256,
    coverage: true,
    ...options,
  });
  return coverage;
}

describe("coverage", () => {
  it("counts the lines of the target's body, and both ways out of its conditions", async () => {
    expect(await covered("clamp", "def test_a():\n    assert clamp(1, 2) == 2")).toEqual({
      lines: { covered: 2, total: 5 },
      branches: { covered: 1, total: 4 },
      missing: [8, 9, 10],
      missingBranches: [
        [6, 8],
        [8, 9],
        [8, 10],
      ],
    });
    expect(
      await covered(
        "clamp",
        "def test_a():\n    assert clamp(1, 2) == 2\n\ndef test_b():\n    assert clamp(3, 2) == 3",
      ),
    ).toEqual({
      lines: { covered: 4, total: 5 },
      branches: { covered: 3, total: 4 },
      missing: [9],
      missingBranches: [[8, 9]],
    });
    expect(await covered("plain", "def test_a():\n    assert plain(1) == 1")).toEqual({
      lines: { covered: 1, total: 1 },
      branches: { covered: 0, total: 0 },
      missing: [],
      missingBranches: [],
    });
  });

  it("is that of the tests that pass", async () => {
    expect(
      await covered(
        "clamp",
        "def test_a():\n    assert clamp(1, 2) == 2\n\ndef test_b():\n    assert clamp(10, 2) == 3",
      ),
    ).toMatchObject({ lines: { covered: 2, total: 5 } });
    expect(await covered("clamp", "def test_a():\n    assert clamp(1, 2) == 3")).toBeNull();
  });

  it("of a class is that of its methods, decorated ones and generators too", async () => {
    expect(await covered("Box", "def test_a():\n    assert Box().size() == 3")).toEqual({
      lines: { covered: 1, total: 4 },
      branches: { covered: 0, total: 4 },
      missing: [23, 24, 25],
      missingBranches: [
        [23, -22],
        [23, 24],
        [24, 23],
        [24, 25],
      ],
    });
    expect(await covered("Box.rest", "def test_a():\n    assert list(Box().rest()) == [1, 2]")).toEqual({
      lines: { covered: 3, total: 3 },
      branches: { covered: 4, total: 4 },
      missing: [],
      missingBranches: [],
    });
  });

  it("of a function has those inside it", async () => {
    expect(await covered("outer", "def test_a():\n    assert callable(outer(1))")).toMatchObject({
      lines: { covered: 2, total: 3 },
      missing: [29],
    });
  });

  it("counts what runs while the test file is loaded", async () => {
    expect(
      await covered(
        "plain",
        "one = plain(1)\n\ndef test_a():\n    assert one == 1 and callable(plain)\n    assert plain",
      ),
    ).toBeNull();
    expect(
      await covered("clamp", "low = clamp(1, 2)\n\ndef test_a():\n    assert clamp(3, 2) == low + 1"),
    ).toMatchObject({ missing: [9] });
  });

  it("is not measured where nobody asks, and of no text but the source's", async () => {
    const test = "def test_a():\n    assert plain(1) == 1";
    expect(await covered("plain", test, { coverage: false })).toBeNull();
    expect(await covered("plain", test, { replacement: calc })).toBeNull();
  });
});
