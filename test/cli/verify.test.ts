import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Folder, folderWith } from "./command.js";
import { pattern } from "../support/pattern.js";

let folder: Folder;
beforeAll(async () => {
  folder = await folderWith({});
  await mkdir(join(folder.path, "shop"));
  await mkdir(join(folder.path, "tests"));
  await mkdir(join(folder.path, "shelf/tests"), { recursive: true });
  const files = {
    "shop/prices.py": "def add(a, b):\n    if a < 0:\n        return b\n    return a + b\n",
    "tests/test_prices.py":
      "from prices import add\n\ndef test_right():\n    assert add(1, 2) == 3\n\ndef test_wrong():\n    assert " +
      "add(1, 2) == 4\n\ndef test_fixture(till):\n    assert add(till, 2) == 4\n",
    "tests/conftest.py": "import pytest\n\n@pytest.fixture\ndef till():\n    return 2\n",
    "tests/good_test.py":
      "import prices\n\ndef test_negative():\n    assert prices.add(-1, 2) == 2\n\ndef test_nothing():\n    assert " +
      "len('a') == 1\n",
    "tests/helper.py": "broken(",
    "shelf/prices.py": "import os\n\ndef add(a, b):\n    return a + b + int(os.environ.get('OFFSET', '0'))\n",
    "shelf/tests/conftest.py":
      "import pytest\n\n@pytest.fixture(autouse=True)\ndef offset(monkeypatch):\n    monkeypatch.setenv('OFFSET', " +
      "'1')\n\n@pytest.fixture\ndef two():\n    return 2\n",
    "shelf/tests/shared.py": "THREE = 3\n",
    "shelf/tests/test_alone.py":
      "from prices import add\nfrom shared import THREE\n\ndef test_imported():\n    assert add(1, 1) == THREE\n",
    "shelf/tests/test_shelf.py":
      "import pytest\nfrom prices import add\n\ndef test_offset():\n    assert add(1, 2) == 4\n\ndef " +
      "test_named(two):\n    assert add(1, two) == 4\n\ndef test_wrong():\n    assert add(1, 1) == 4\n\ndef " +
      "test_typed():\n    with pytest.raises(TypeError):\n        add(1, '')\n",
    "marks_test.py":
      "import pytest\nfrom prices import add\n\n@pytest.mark.slow\ndef test_slow():\n    assert add(1, 2) == " +
      "3\n\n@pytest.mark.skip(reason='another day')\ndef test_later():\n    assert add(1, 2) == " +
      "3\n\n@pytest.mark.xfail(reason='it is known')\ndef test_known():\n    assert add(1, 2) == 4\n",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
});
afterAll(async () => await folder.remove());

describe.concurrent("pipeline verify", () => {
  it("tells scripts of every test, and of every function its coverage, its mutants and which survive", async () => {
    const { exitCode, stdout } = await folder.pipeline("verify", "tests", "--source", "shop", "--runs", "1", "--json");
    expect(exitCode).toBe(1);
    const { tests, targets, sandbox } = JSON.parse(stdout) as {
      tests: object[];
      targets: { survivors: { diff: string }[]; mutants: { run: number; killed: number; survived: number } }[];
      sandbox: string;
    };
    expect(tests).toMatchObject([
      {
        file: "tests/good_test.py",
        name: "test_negative",
        outcome: "passed",
        reason: null,
        proves: true,
        note: null,
        targets: ["prices.add"],
      },
      {
        file: "tests/good_test.py",
        name: "test_nothing",
        outcome: "passed",
        reason: null,
        proves: false,
        note: "calls nothing of the source",
        targets: [],
      },
      { file: "tests/test_prices.py", name: "test_right", outcome: "passed", reason: null },
      {
        file: "tests/test_prices.py",
        name: "test_wrong",
        outcome: "failed",
        reason: "wrong-value",
        proves: null,
        note: null,
      },
      { file: "tests/test_prices.py", name: "test_fixture", outcome: "error", reason: "fixture" },
    ]);
    expect(targets).toMatchObject([
      { file: "tests/good_test.py", name: "prices.add", path: "prices.py", line: 1, tests: ["test_negative"] },
      {
        file: "tests/test_prices.py",
        name: "prices.add",
        tests: ["test_right"],
        coverage: { lines: { covered: 2, total: 3 }, branches: { covered: 1, total: 2 }, missing: [3] },
      },
    ]);
    for (const { mutants, survivors } of targets) {
      expect(mutants.killed).toBeGreaterThan(0);
      expect(survivors).toHaveLength(mutants.survived);
    }
    expect(targets[1]?.survivors.map(({ diff }) => diff)).toContainEqual(expect.stringMatching(/^-.*return b$/mu));
    expect(sandbox).toContain("seccomp");
  });

  it("shows people the survivors as a diff, suspected bugs, and what it does not do", async () => {
    const { stdout, stderr } = await folder.pipeline(
      "verify",
      "tests/test_prices.py",
      "--source",
      "shop",
      "--runs",
      "1",
    );
    expect(stderr).toBe("");
    for (const line of [
      "✔ tests/test_prices.py::test_right",
      /^✖ tests\/test_prices\.py::test_wrong {2}suspected bug or wrong value: AssertionError/mu,
      pattern(
        /^prices\.add {2}prices\.py:1\n {2}2 of 3 lines, not 3 {2}· {2}1 of 2 branches {2}· {2}\d+ of \d+ mutants /mu,
        /killed/mu,
      ),
      /^ {4}- {8}return b\n {4}\+ {8}return None$/mu,
      "A file outside of the source is run without a conftest.py. A fixture is missing in: test_fixture",
      pattern(
        /^1 of 3 tests passed {2}· {2}1 suspected bug, or wrong values {2}· {2}\d+ of \d+ mutants /mu,
        /killed {2}· {2}sandbox: /mu,
      ),
    ])
      expect(stdout).toMatch(line);
    expect(stdout).not.toContain("\u001B[");
    expect(await readdir(folder.path)).toEqual(["marks_test.py", "shelf", "shop", "tests"]);
  });

  it("ends with 0 where every test passes, and gives verdicts alone on request", async () => {
    const { exitCode, stdout } = await folder.pipeline(
      "verify",
      "tests/good_test.py",
      "--source",
      "shop",
      "--runs",
      "1",
      "--no-mutants",
    );
    expect(stdout).toMatch(
      pattern(
        /^✔ tests\/good_test\.py::test_negative\n/u,
        /✔ tests\/good_test\.py::test_nothing {2}proves nothing: calls nothing of the source\n\n/u,
        /2 of 2 tests passed {2}· {2}1 of them proves nothing {2}· {2}sandbox: .+$/u,
      ),
    );
    expect(exitCode).toBe(0);
  });

  it("counts what pytest skips apart, and never as failed", async () => {
    const { exitCode, stdout } = await folder.pipeline(
      "verify",
      "marks_test.py",
      "--source",
      "shop",
      "--runs",
      "1",
      "--no-mutants",
    );
    expect(stdout.split("\n").slice(0, -1)).toEqual([
      "✔ marks_test.py::test_slow",
      "- marks_test.py::test_later  skipped: another day",
      "- marks_test.py::test_known  skipped: expected failure: it is known",
      "",
    ]);
    expect(stdout).toMatch(/^1 of 3 tests passed {2}· {2}2 skipped {2}· {2}sandbox: .+$/mu);
    expect(exitCode).toBe(0);
  });

  it("runs a test that relies on what is around its file where it stands, before it accuses the code", async () => {
    const { exitCode, stdout } = await folder.pipeline(
      "verify",
      "shelf/tests",
      "--source",
      "shelf",
      "--runs",
      "1",
      "--json",
    );
    const { tests, targets } = JSON.parse(stdout) as { tests: object[]; targets: object[] };
    expect(tests).toMatchObject([
      { file: "shelf/tests/test_alone.py", name: "test_imported", outcome: "passed", proves: null },
      {
        file: "shelf/tests/test_shelf.py",
        name: "test_offset",
        outcome: "passed",
        proves: null,
        note: expect.stringMatching(/conftest\.py/u) as string,
      },
      { file: "shelf/tests/test_shelf.py", name: "test_named", outcome: "passed", proves: null },
      {
        file: "shelf/tests/test_shelf.py",
        name: "test_wrong",
        outcome: "failed",
        reason: "wrong-value",
        detail: "AssertionError: assert 3 == 4 where 3 = add(1, 1)",
      },
      { file: "shelf/tests/test_shelf.py", name: "test_typed", outcome: "passed", proves: true },
    ]);
    expect(targets).toMatchObject([{ file: "shelf/tests/test_shelf.py", tests: ["test_typed"] }]);
    expect(exitCode).toBe(1);
  });

  it("says what is wrong with how it is called", async () => {
    const { exitCode, stderr } = await folder.pipeline("verify", "tests", "--source", "nonsuch");
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("no such folder: nonsuch")]);
    expect(await folder.pipeline("verify", "shop", "--source", "shop")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("no test files in shop") as string,
    });
  });
});
