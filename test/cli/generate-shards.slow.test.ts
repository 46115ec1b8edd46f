import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Folder } from "./command.js";
import { shopProject } from "./shop-project.js";
import { pattern } from "../support/pattern.js";

/** Two shards of two targets, and one of one: the first is answered at once, the second bit by bit, the third never. */
const teacher = `rules:
  - match: |-
      An earlier answer was not enough:
      - wrong import: shop.prices has no name sum_up
      - no usable test of with_tax
    answers: ["", "def test_with_tax():\\n    assert with_tax(100) == 999\\n"]
  - match: '"name": "slug"'
    answers:
      - |
        from shop.names import initials, slug

        def test_slug():
            assert slug('Red Shoes') == 'red-shoes'

        def test_initials():
            assert initials('red shoes') == 'RS'
  - match: '"name": "total"'
    answers:
      - |
        from shop.prices import total, sum_up

        def test_total():
            assert total([1, 2]) == 3

        def test_sum_up():
            assert sum_up([1]) == 1
default: "I cannot test that."
`;

let folder: Folder;
beforeAll(async () => {
  folder = await shopProject(teacher);
});
afterAll(async () => await folder.remove());

const byShard = ["--by", "shard", "--targets-per-shard", "2", "--model", "scripted:teacher.yaml"];
// Wrong values stay, so that a target can be seen to fail.
const quick = [...byShard, "--values", "own", "--set", "verify.runs=1", "--set", "verify.measure=false"];
const generate = async (...args: readonly string[]) => await folder.pipeline("generate", "project", ...args, ...quick);
const namesIn = async (path: string) => (await readdir(join(folder.path, path))).toSorted();

describe("generate --by shard", () => {
  it("writes a test file a shard, with its time, and tells what became of every target", async () => {
    const { exitCode, stdout, stderr } = await generate("--plain");
    expect([exitCode, stderr]).toEqual([0, ""]);
    const written = await namesIn("generated_tests");
    expect(written).toEqual([
      expect.stringMatching(/^test_unit_\d{8}_\d{6}_01\.py$/u),
      expect.stringMatching(/^test_unit_\d{8}_\d{6}_02\.py$/u),
    ]);
    expect(await readFile(join(folder.path, "generated_tests", written[0] ?? ""), "utf8")).toMatch(
      pattern(
        /^# Tests of project, unit: src\/shop\/names\.py \(written by pipeline generate; teacher\.yaml\)\n/u,
        /[^]*from shop\.names import initials, slug\n\n\ndef test_slug/u,
      ),
    );
    expect(stdout).toMatch(
      pattern(
        /_01\.py {2}2 tests of 2 targets\n.*_02\.py {2}1 test of 1 target\n/u,
        /5 targets: 3 tested, 1 failed, 1 never answered\.\n/u,
      ),
    );
    expect(stdout).toMatch(/src\/shop\/prices\.py:13 +with_tax +failed +.*assert 125 == 999/u);
    expect(stdout).toMatch(
      /src\/shop\/stock\.py:4 +reserve +never answered +no answer held a test of it that can be used\n/u,
    );
  });

  it("leaves no copies behind when it is run again, and tells every target as JSON", async () => {
    const before = await namesIn("generated_tests");
    const { exitCode, stdout } = await generate("--json");
    expect(exitCode).toBe(0);
    expect(await namesIn("generated_tests")).toEqual(before);
    const told = JSON.parse(stdout.split("\n").at(-1) ?? "") as {
      readonly files: readonly object[];
      readonly targets: readonly object[];
    };
    expect(told.files).toMatchObject(before.map((name) => ({ name, status: "unchanged" })));
    expect(told.targets).toMatchObject([
      { kind: "function", name: "slug", file: "src/shop/names.py", line: 4, status: "tested", reason: null },
      { name: "initials", status: "tested" },
      { name: "total", status: "tested" },
      { name: "with_tax", status: "failed", reason: expect.stringContaining("assert 125 == 999") },
      { name: "reserve", status: "never answered" },
    ]);
    expect((await folder.pipeline("inspect", "rejects", "--step", "generate")).stdout).toMatch(
      /never-answered[^]*target: reserve/u,
    );
  });

  it("writes names without a time where that is asked for, and what was never run says so", async () => {
    const { stdout } = await generate("--plain", "--no-verify", "--stable-names", "-o", "stable");
    expect(await namesIn("stable")).toEqual(["test_unit_01.py", "test_unit_02.py"]);
    expect(stdout).toContain("5 targets: 4 unverified, 1 never answered.");
  });

  it("lists its shards, with the tokens of each question, and asks no model: --dry-run", async () => {
    const { stdout } = await folder.pipeline("generate", "project", "--dry-run", ...byShard);
    expect(stdout).toMatch(
      pattern(
        /^ {2}shard {3}targets {2}tokens {2}files\n {2}unit 1 +2 +\d+ {2}src\/shop\/names\.py\n/u,
        / {2}unit 2 +2 +\d+ {2}src\/shop\/prices\.py\n {2}unit 3 +1 +\d+ {2}src\/shop\/stock\.py\n\n/u,
        /5 targets in 3 shards; the questions have \d+ tokens by the tokenizer of teacher\.yaml\. No model was /u,
        /asked\.$/u,
      ),
    );
    const json = JSON.parse(
      (await folder.pipeline("generate", "project", "--dry-run", "--json", ...byShard)).stdout,
    ) as { readonly targets: readonly { readonly id: string }[]; readonly shards: readonly object[] };
    expect(Object.keys(json)).toEqual(["targets", "shards", "leftRoutes"]);
    expect(Object.keys(json.shards[0] ?? {})).toEqual(["kind", "targets", "files", "tokens"]);
    expect(json.shards[0]).toMatchObject({
      kind: "unit",
      targets: json.targets.slice(0, 2).map(({ id }) => id),
      files: ["src/shop/names.py"],
    });
  });

  it("estimates tokens where the model would have to be fetched, and says so", async () => {
    const { exitCode, stdout } = await folder.pipeline(
      "generate",
      "project",
      "--dry-run",
      "--by",
      "shard",
      "--model",
      "file:nonsuch.gguf",
    );
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(
        /the questions have about [\d,]+ tokens, estimated: the model is not here\. No model was asked\.$/u,
      ),
    ]);
  });

  it.each([
    [["--by", "shard", "--samples", "2"], /--samples does not go with --by shard[^]*--attempts/u],
    [["--attempts", "2"], /--attempts goes with --by shard alone/u],
    [["--kinds", "units"], /expected unit, e2e, or unit,e2e/u],
  ])("complains of options that do not fit: %j", async (args, complaint) => {
    const { exitCode, stderr } = await folder.pipeline("generate", "project", ...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(complaint)]);
  });
});
