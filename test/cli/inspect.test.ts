import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { type Folder, folderWith } from "./command.js";

const stage = (name: string) => join(packageRoot, `test/support/stages/${name}.mjs`);

let folder: Folder;
beforeAll(async () => {
  folder = await folderWith({
    "awkward.yaml": `name: awkward
steps:
  - stage: ${stage("awkward")}
    id: steps
  - stage: ${stage("keep-odd")}
  - stage: ${stage("awkward")}
    id: nothing
    with: { keep: false }
`,
  });
  await folder.pipeline("run", "awkward.yaml");
});
afterAll(async () => await folder.remove());

const ask = async (what: string, sql: string) => {
  const { stdout, stderr } = await folder.pipeline("inspect", what, "--json", "--sql", sql);
  expect(stderr).toBe("");
  return stdout.split("\n").map((line) => JSON.parse(line) as object);
};

it("a text that no other reader of JSON takes does not keep a step from being asked", async () => {
  expect(
    await ask("steps", "select response, labels.topic as topic, labels.Topic_1 as other from records order by topic"),
  ).toEqual([
    { response: "half \uFFFD of a pair", topic: "a", other: null },
    { response: "the other half \uFFFD", topic: "b", other: "c" },
    { response: "a whole \u{1F600}, a NUL \u0000, a \u2028", topic: "d", other: null },
  ]);
});

it("what was left out for such a text is found too, with the step that it was left out by", async () => {
  expect(
    await ask("rejects", "select step, source, path, code, reason from rejects where type = 'refused' order by step"),
  ).toEqual(
    ["nothing", "steps"].map((step) => ({
      step,
      source: "folder:\uFFFD",
      path: "a\u0000b",
      code: "half-a-pair",
      reason: "it ends in \uFFFD",
    })),
  );
});

it.each([
  ["keep-odd", "select count(*)::int as n from records", { n: 0 }],
  ["nothing", "select count(*)::int as n from records", { n: 0 }],
  [
    "nothing",
    "select count(*)::int as n from records where source.lines[1] > 3 and evidence.target.module = 'a' and id > ''",
    { n: 0 },
  ],
  [
    "nothing",
    "select count(distinct labels->>'topic')::int as n, max(evidence.mutants.killed) as most from records",
    { n: 0, most: null },
  ],
  ["nothing", "select (select count(*) from records)::int as kept, count(*)::int as n from rejects", { kept: 0, n: 1 }],
])(
  "a step that kept nothing answers, by the columns that its records would have: %s, %s",
  async (step, sql, answer) => {
    expect(await ask(step, sql)).toEqual([answer]);
  },
);

it("a pipeline that left nothing out answers", async () => {
  const own = await folderWith({
    "numbers.yaml": `name: numbers\nsteps:\n  - stage: ${stage("numbers")}\n    with: { count: 2 }\n`,
  });
  await own.pipeline("run", "numbers.yaml");
  const { stdout } = await own.pipeline(
    "inspect",
    "rejects",
    "--sql",
    "select count(*) as n, max(part->>'test') as test from rejects",
  );
  expect(stdout).toBe("n  test\n0  null");
  await own.remove();
});

it("files of the user's: with such a text, empty, and of no JSON", async () => {
  await writeFile(join(folder.path, "half.jsonl"), `${JSON.stringify({ text: "\ud83d", n: 1 })}\n{"n":2}\n`);
  await writeFile(join(folder.path, "empty.jsonl"), "");
  await writeFile(join(folder.path, "bad.jsonl"), `{"n":1}\n${JSON.stringify({ text: "\ud83d" })}\n{"n":\n`);
  expect(await ask("half.jsonl", "select sum(n)::int as n from records")).toEqual([{ n: 3 }]);
  expect((await folder.pipeline("inspect", "half.jsonl")).stdout).toContain("text: \uFFFD");
  expect(await ask("empty.jsonl", "select count(*)::int as n from records")).toEqual([{ n: 0 }]);
  expect(await folder.pipeline("inspect", "bad.jsonl")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/DuckDB cannot read .*bad\.jsonl: [^]*whether the file is whole/u) as string,
  });
});
