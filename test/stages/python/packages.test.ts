import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { withServices } from "../../../scripts/bench/services.js";
import { comparePublicNames } from "../../../scripts/prove/public-names.js";
import { pattern } from "../../support/pattern.js";

/** One package as it comes from the index; `node dist/scripts/prove/packages.js` takes three. */
const packageRef = "pypi:more-itertools@11.2.1";

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "packages-"));
  await withServices(
    1,
    async ({ sources }) =>
      await cp((await sources.fetch(packageRef)).folder, join(cwd, "project"), { recursive: true }),
  );
});
afterAll(async () => await rm(cwd, { recursive: true, force: true }));

describe("a package from the index", () => {
  it("has every public function, method and class found, by ast and by inspect", async () => {
    const { found, unexplained, leftOut, atRunTime } = await comparePublicNames(join(cwd, "project"));
    expect(unexplained).toEqual([]);
    expect(found).toBe(192);
    expect([...leftOut.keys()]).toEqual(["a special method"]);
    expect(Object.fromEntries(atRunTime)).toEqual({ "another name of pad_none": ["more_itertools.recipes.padnone"] });
  });

  it("gets test files from the real command, and is told what came of them", async () => {
    await writeFile(
      join(cwd, "teacher.yaml"),
      `rules:
  - match: "\`chunked\` of the module"
    answers:
      - |
        def test_chunked():
            assert list(chunked([1, 2, 3], 2)) == [[1, 2], [3]]

        def test_wrong():
            assert list(chunked([1], 2)) == []
  - match: "\`peekable.peek\` of the module"
    answers:
      - |
        def test_peek():
            items = peekable('ab')
            assert items.peek() == 'a'
            assert next(items) == 'a'
  - match: "\`take\` of the module"
    answers: ["def test_take():\\n    assert take(2, 'abc') == ['a', 'b']\\n"]
`,
    );
    const args = [
      "generate",
      "project",
      "--model",
      "scripted:teacher.yaml",
      "--samples",
      "1",
      "--set",
      "generate.form=chat",
      "--set",
      "verify.runs=1",
      "--plain",
    ];
    const { stdout, exitCode } = await execa(
      process.execPath,
      [join(packageRoot, "dist/pipeline/cli/main.js"), ...args],
      { cwd, reject: false, env: { PIPELINE_SET: "", NO_COLOR: "1" } },
    );
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(
        pattern(
          /test_more\.py +2 tests of 2 functions\n.*test_recipes\.py +1 test of 1 function\n/u,
          /3 of 192 functions and classes have tests\.\n/u,
          /3 tests pass {2}· {2}\d+ % of the lines covered {2}· {2}\d+ of \d+ mutants killed\n/u,
          /1 of 5 expectations was not what the code answers, .*\n/u,
          / {2}more_itertools\/more\.py:\d+ {2}chunked {2}list\(chunked\(\[1\], 2\)\) {2}the model expected /u,
          /\[\] {2}the code answers \[\[1\]\]\n/u,
        ),
      ),
    ]);
    expect(await readFile(join(cwd, "generated_tests/test_recipes.py"), "utf8")).toContain(
      "from more_itertools.recipes import take\n",
    );
  });
});
