import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import type { Folder } from "./command.js";
import { shopProject } from "./shop-project.js";
import { pattern } from "../support/pattern.js";

const teacher = `rules:
  - match: "def total"
    answers:
      - "[1, 2]) == 3\\n    assert total([]) == 0\\n"
      - "[1, 2]) == 4\\n"
  - match: "def slug"
    answers: ["'Red Shoes') == 'red-shoes'\\n"]
`;

let folder: Folder;
beforeAll(async () => {
  folder = await shopProject(teacher);
});
afterAll(async () => await folder.remove());

// Two answers a function, and all of their tests: what becomes of each is looked at.
const all = ["--samples", "2", "--set", "verify.smallest=false", "--set", "generate.join=false"];
const asTold = [
  ...all,
  "--model",
  "scripted:teacher.yaml",
  "--set",
  "verify.runs=1",
  "--set",
  "verify.measure=false",
  "--plain",
];
const quick = ["--values", "own", ...asTold];
const generate = async (...args: readonly string[]) => await folder.pipeline("generate", ...args, ...quick);
const read = async (path: string) => await readFile(join(folder.path, path), "utf8");

describe("generate", () => {
  it("writes the tests that pass, and says what came of the others and how to run these", async () => {
    const { exitCode, stdout, stderr } = await generate("project", "-o", "project/tests");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      pattern(
        /✔ {2}project\/tests\/test_names\.py {3}1 test of 1 function\n/u,
        / {2}✔ {2}project\/tests\/test_prices\.py {2}2 tests of 1 function\n/u,
        /2 of 5 functions and classes have tests\.\n3 tests pass {2}· {2}1 did not, and was left out\n/u,
      ),
    );
    expect(stdout).toMatch(
      pattern(
        /1 assertion failed: a bug in the code, or a wrong value .*\n/u,
        / {2}src\/shop\/prices\.py {2}total {2}assert 3 == 4/u,
      ),
    );
    expect(stdout).toContain("Run the tests:  PYTHONPATH=project/src python -m pytest project/tests");
    expect(await read("project/tests/test_prices.py")).toMatch(
      pattern(
        /^# Tests of project: src\/shop\/prices\.py \(written by pipeline generate; teacher\.yaml\)\n# .*\n/u,
        /from shop\.prices import total\n\n\ndef test_total_1\(\):/u,
      ),
    );
  });

  it("writes down what the code answers where the model expects something else, and lists that", async () => {
    const { exitCode, stdout, stderr } = await folder.pipeline(
      "generate",
      "project",
      "-o",
      "recorded",
      "--explain-values",
      ...asTold,
    );
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      pattern(
        /\n1 of \d expectations was not what the code answers, [^\n]* Which, is for you to say:\n/u,
        / {2}src\/shop\/prices\.py:\d+ {2}total {2}total\(\[1, 2\]\) {2}the model expected 4 {2}the code answers 3\n/u,
        /A value that was recorded says what the code does today, not what it should do/u,
      ),
    );
    expect(await read("recorded/test_prices.py")).toContain("assert total([1, 2]) == 3  # the model expected: 4\n");
    const json = await folder.pipeline(
      "generate",
      "project",
      "-o",
      "recorded",
      "--explain-values",
      "--json",
      ...asTold.slice(0, -1),
    );
    expect(JSON.parse(json.stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
      values: { own: expect.any(Number) as number, recorded: 1 },
      disagreements: [
        { file: "src/shop/prices.py", target: "total", asked: "total([1, 2])", expected: "4", answered: "3" },
      ],
    });
  });

  it("keeps the fewest tests of all answers that notice what all of them notice", async () => {
    const { exitCode, stdout } = await folder.pipeline(
      "generate",
      "project",
      "-o",
      "fewest",
      "--samples",
      "2",
      ...asTold.slice(all.length),
    );
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(
        pattern(
          /fewest\/test_prices\.py {2}1 test of 1 function\n2 of 5 functions and classes have tests\.\n/u,
          /2 tests pass {2}· {2}\d of \d mutants? killed\n/u,
        ),
      ),
    ]);
    expect(await read("fewest/test_prices.py")).toMatch(
      /\n\n\ndef test_total_with_empty_prices\(\):\n {4}assert total\(\[\]\) == 0\n$/u,
    );
  });

  it("does nothing the next time, although its tests lie in the project now", async () => {
    const { exitCode, stdout } = await generate("project", "-o", "project/tests");
    expect(exitCode).toBe(0);
    expect(stdout.match(/finished before/gu)).toHaveLength(8);
    expect(stdout).toContain("2 tests of 1 function, as before");
  });

  it("never writes over what the user changed or wrote, unless told to", async () => {
    const place = join(folder.path, "project/tests/test_prices.py");
    const written = await read("project/tests/test_prices.py");
    await writeFile(place, written.replace("== 3", "== 3  # checked"));
    await writeFile(join(folder.path, "project/tests/test_names.py"), "def test_mine(): ...\n");
    const { exitCode, stdout } = await generate("project", "-o", "project/tests");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      pattern(
        /test_names\.py +kept as it is: it was not written by this command/u,
        /[^]+test_prices\.py +kept as it is: it was changed since it was written/u,
      ),
    );
    expect(await read("project/tests/test_prices.py")).toContain("# checked");
    expect(await generate("project", "-o", "project/tests", "--force")).toMatchObject({ exitCode: 0 });
    expect(await read("project/tests/test_prices.py")).toBe(written);
  });

  it("does not take a file of the same name in another project for its own", async () => {
    await mkdir(join(folder.path, "other"));
    await writeFile(join(folder.path, "other/prices.py"), "def total(prices):\n    return sum(prices)\n");
    const { exitCode, stdout } = await generate("other/prices.py", "-o", "project/tests");
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringContaining("kept as it is: it holds tests of project: src/shop/prices.py"),
    ]);
  });

  it("tests the functions of the named files alone, and fails where nothing usable was written", async () => {
    const { exitCode, stdout } = await generate("project/src/shop/stock.py");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      pattern(
        /No test that can be used was written\.\n/u,
        /0 of 1 function and classes have tests\.[^]*1 without a test {2}→ {2}pipeline inspect rejects/u,
      ),
    );
    await expect(read("generated_tests/test_stock.py")).rejects.toThrow("ENOENT");
  });

  it("writes without running anything where that is asked for, and says so", async () => {
    const { exitCode, stdout } = await generate("project", "--no-verify", "-o", "unverified");
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("4 tests written; none was run.")]);
    expect(stdout).not.toMatch(/^verify/mu);
    expect(await read("unverified/test_prices.py")).toMatch(/; never run\)[^]*== 4/u);
  });

  it("marks failing tests where they are to be kept", async () => {
    expect((await generate("project", "--keep-failing", "-o", "marked")).stdout).toContain(
      "1 did not, and 1 of them is marked xfail",
    );
    expect(await read("marked/test_prices.py")).toContain(
      '@pytest.mark.xfail(reason="wrong-value: AssertionError: assert 3 == 4',
    );
  });

  it("lists what would get tests, and asks no model: --dry-run", async () => {
    const { exitCode, stdout } = await folder.pipeline(
      "generate",
      "project",
      "--dry-run",
      "--json",
      "--model",
      "file:nonsuch.gguf",
    );
    expect(exitCode).toBe(0);
    const { targets, shards } = JSON.parse(stdout) as { targets: { id: string }[]; shards: object[] };
    expect(targets).toHaveLength(5);
    expect(targets.slice(0, 2)).toMatchObject([
      { kind: "function", name: "slug", file: "src/shop/names.py", line: 4 },
      { name: "initials", line: 13 },
    ]);
    expect(shards).toMatchObject([
      {
        kind: "unit",
        files: ["src/shop/names.py"],
        targets: [targets[0]?.id, targets[1]?.id],
        tokens: expect.any(Number) as number,
      },
      { files: ["src/shop/prices.py"] },
      { files: ["src/shop/stock.py"] },
    ]);
    expect(
      (await folder.pipeline("generate", "project", "--dry-run", "--model", "scripted:teacher.yaml")).stdout,
    ).toMatch(
      pattern(
        /function {2}reserve {3}src\/shop\/stock\.py:4\n\n/u,
        /5 targets in 3 files; the code has \d+ tokens by the tokenizer of teacher\.yaml\. No model was asked\.$/u,
      ),
    );
  });

  it("tells its events and what came of it as JSON lines, with the answers as they come where asked for", async () => {
    const { stdout } = await folder.pipeline(
      "generate",
      "project",
      "-o",
      "json",
      "--json",
      "--stream",
      ...quick.slice(0, -1),
      "--set",
      "seed=5",
    );
    const told = stdout.split("\n").map((line) => JSON.parse(line) as { type: string; about?: string; text?: string });
    expect(
      told
        .filter(({ type, about }) => type === "model-text" && about === "src/shop/names.py: slug")
        .map(({ text }) => text)
        .join(""),
    ).toContain("assert slug('Red Shoes') == 'red-shoes'");
    expect(told.at(-1)).toMatchObject({
      type: "generated",
      folder: "json",
      isUsable: true,
      isVerified: true,
      functions: { asked: 5, tested: 2 },
      tests: { written: 3, failed: 1, suspectedBugs: 1 },
      files: [
        { name: "test_names.py", from: "test_names.py", status: "written", tests: 1 },
        { name: "test_prices.py", tests: 2 },
      ],
      failures: [{ file: "src/shop/prices.py", target: "total", test: "test_total" }],
    });
  });

  it("reads the generate.yaml of the working folder, which --set and the other options go before", async () => {
    const own = (await readFile(join(packageRoot, "config/generate.yaml"), "utf8"))
      .replace("samples: 3", "samples: 1")
      .replace(/\{ source: "pypi:.*\}/u, '{ source: "scripted:../teacher.yaml" }');
    await mkdir(join(folder.path, "config"));
    await writeFile(join(folder.path, "config/generate.yaml"), own);
    expect((await folder.pipeline("config", "show", "generate", "--set", "generate.temperature=0.9")).stdout).toMatch(
      pattern(
        /samples: 1 +# generate\.yaml:\d+\n +join: true +# generate\.yaml:\d+\n/u,
        / +temperature: 0\.9 +# --set generate\.temperature=0\.9\n +topP: 1 +# default/u,
      ),
    );
    const { stdout } = await folder.pipeline("generate", "project", "--dry-run", "--samples", "2");
    expect(stdout).toContain("5 targets");
  });

  it.each([
    [["project", "-o", "teacher.yaml"], /expected a folder for the tests at .*teacher\.yaml/u],
    [["project", "--model", "file:nonsuch.gguf"], /nonsuch\.gguf/u],
  ])("complains of a mistake in usage before it runs anything: %j", async (args, complaint) => {
    const { exitCode, stdout, stderr } = await folder.pipeline("generate", "--plain", ...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(complaint)]);
    expect(stdout).not.toContain("started");
  });
});
