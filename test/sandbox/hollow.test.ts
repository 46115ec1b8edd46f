import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({ "prices.py": "RATE = 2\n\ndef add(a, b):\n    return a + b\n" });
});
afterAll(() => box.close());

const note = async (code: string) =>
  (await box.run(`import pytest\nfrom prices import add, RATE\n\n${code}\n`)).hollow ?? {};

describe("a test that proves nothing of the source", () => {
  it.each<[what: string, why: string, code: string]>([
    ["is true", "calls nothing of the source", "def test_a():\n    assert True"],
    [
      "looks at nothing of it",
      "calls nothing of the source",
      "def test_a(tmp_path):\n    assert len(str(tmp_path)) > 1",
    ],
    [
      "tests a copy that its file defines",
      "calls nothing of the source, only what the file itself defines: add",
      "def add(a, b):\n    return a + b\n\ndef test_a():\n    assert add(1, 2) == 3",
    ],
    [
      "tests a copy that it defines itself",
      "calls nothing of the source, only what the file itself defines: add",
      "def test_a():\n    def add(a, b):\n        return a + b\n    assert add(1, 2) == 3",
    ],
    ["asserts constants", "asserts nothing that could be false", "def test_a():\n    add(1, 2)\n    assert 1 == 1"],
    [
      "asserts that a thing is itself",
      "asserts nothing that could be false",
      "def test_a():\n    x = add(1, 2)\n    assert x == x",
    ],
    [
      "asserts constants with unittest",
      "asserts nothing that could be false",
      "import unittest\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        add(1, 2)\n        " +
        "self.assertEqual(3, 1 + 2)",
    ],
    ["asserts nothing", "asserts nothing: only an exception would make it fail", "def test_a():\n    add(1, 2)"],
    [
      "swallows its assertion",
      "catches the failure of its own assertion",
      "def test_a():\n    try:\n        assert add(1, 2) == 4\n    except Exception:\n        pass",
    ],
  ])("%s: says why", async (_what, why, code) => {
    expect(Object.values(await note(code))).toEqual([why]);
  });

  it.each<[what: string, code: string]>([
    ["calls the source", "def test_a():\n    assert add(1, 2) == 3"],
    ["looks at a constant of the source", "def test_a():\n    assert RATE == 2"],
    ["uses what the file has made with the source", "TOTAL = add(1, 2)\n\ndef test_a():\n    assert TOTAL == 3"],
    [
      "uses what another statement filled",
      "import prices\nfound = []\nfound.append(prices.add(1, 2))\n\ndef test_a():\n    assert found == [3]",
    ],
    ["calls it through a helper", "def both():\n    return add(1, 2)\n\ndef test_a():\n    assert both() == 3"],
    [
      "calls it through a fixture",
      "@pytest.fixture\ndef till():\n    return add(1, 1)\n\ndef test_a(till):\n    assert till == 2",
    ],
    [
      "calls it through its class",
      "class TestA:\n    def both(self):\n        return add(1, 2)\n\n    def test_a(self):\n        assert " +
        "self.both() == 3",
    ],
    ["imports it itself", "def test_a():\n    import prices\n    assert prices.add(1, 2) == 3"],
    [
      "imports it by its name alone",
      "import importlib\n\ndef test_a():\n    assert importlib.import_module('pri' + 'ces').add(1, 2) == 3",
    ],
    [
      "runs it in a process",
      "import subprocess, sys\n\ndef test_a():\n    assert subprocess.run([sys.executable, '-m', 'pri' + " +
        "'ces']).returncode == 0",
    ],
    ["raises by itself", "def test_a():\n    if add(1, 2) != 3:\n        raise ValueError"],
    ["leaves the assertion to something else", "def test_a():\n    check = add\n    check(1, 2)"],
    ["expects an exception", "def test_a():\n    with pytest.raises(TypeError):\n        add(1, '')"],
    [
      "takes parameters that use the source",
      "@pytest.mark.parametrize('x', [add(1, 2)])\ndef test_a(x):\n    assert x == 3",
    ],
  ])("is none that %s", async (_what, code) => {
    expect(await note(code)).toEqual({});
  });
});
