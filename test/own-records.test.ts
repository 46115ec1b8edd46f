import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { parse } from "csv-parse/sync";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Folder, folderWith } from "./cli/command.js";
import { installIn } from "./support/installed.js";
import { blockOf } from "./support/pages.js";

const page = "docs/your-own-stage.md";

describe("stages of a user's own that bring a kind of record and a kind of evidence, as docs/ shows them", () => {
  let folder: Folder;
  const write = async (path: string, text: string) => await writeFile(join(folder.path, path), text);
  const left = async (path: string) => await readFile(join(folder.path, "data/constants", path), "utf8");

  beforeAll(async () => {
    folder = await folderWith({
      "constants.mjs": blockOf(page, "js", "// constants.mjs"),
      "questions.mjs": blockOf(page, "js", "// questions.mjs"),
      "constants.test.mjs": blockOf(page, "js", "// constants.test.mjs"),
      "constants.yaml": blockOf(page, "yaml", "# constants.yaml"),
    });
    await installIn(folder.path);
    await mkdir(join(folder.path, "shop/shop"), { recursive: true });
    await write("shop/shop/prices.py", '"""Prices."""\n\nRATE = 0.25\nCURRENCY = "EUR"\n');
    await write("shop/shop/empty.py", "def nothing():\n    return None\n");
  });
  afterAll(() => folder.remove());

  it("run through the command, and what they bring stands in every format of the export", async () => {
    const { exitCode, stderr } = await folder.pipeline("run", "constants.yaml", "--plain");
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    const lines = (await left("jsonl/all.jsonl")).trim().split("\n");
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const wanted = [
      { task: "constants", constant: "RATE", path: "shop/prices.py", quoted_line: 3, quote: "RATE = 0.25" },
      { task: "constants", constant: "CURRENCY", path: "shop/prices.py", quoted_line: 4, quote: 'CURRENCY = "EUR"' },
    ];
    expect(rows).toMatchObject(wanted);
    expect(Object.keys(rows[0] ?? {}).filter((name) => /test|mutant|sandbox|preamble/u.test(name))).toEqual([]);

    const csv = parse(await left("csv/all.csv"), { columns: true });
    expect(csv).toMatchObject(wanted.map((row) => ({ ...row, quoted_line: String(row.quoted_line) })));

    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const parquet = join(folder.path, "data/constants/parquet/all.parquet");
    const read = await connection.runAndReadAll(`select task, "constant", path, quoted_line, quote from '${parquet}'`);
    expect(read.getRowObjectsJson()).toEqual(wanted.map((row) => ({ ...row, quoted_line: String(row.quoted_line) })));
    connection.closeSync();
    instance.closeSync();
  });

  it("pass the test that the page shows", async () => {
    const { exitCode, stdout } = await execa(process.execPath, ["--test"], { cwd: folder.path, reject: false });
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^. pass 1$/mu)]);
  });

  it("have their section in the card, which says nothing of tests, since there are none", async () => {
    const card = await left("README.md");
    expect(card).toContain("## How it was proven\n\nThe answers of 2 rows stand in the source: see `quote`.\n");
    expect(card).toContain("| `quoted_line` | int64 | Line of the file that says it, from 1 |");
    expect(card).toContain("| `constant` | string | The constant that is asked about |");
    expect(card).not.toMatch(/\btests?\b(?! \|)|mutant|sandbox|pytest|How it was verified/iu);
  });

  it("are known to the commands that show records", async () => {
    const { stdout } = await folder.pipeline(
      "inspect",
      "constants",
      "--sql",
      "select name, evidence.line from records",
    );
    expect(stdout).toMatch(/RATE +3/u);
    const records = (await folder.pipeline("inspect", "constants", "--json")).stdout;
    const first = JSON.parse(records.split("\n", 1)[0] ?? "") as { id: string };
    expect((await folder.pipeline("explain", first.id)).stdout).toContain("Constant, put out by step constants");
  });

  it("are named where their code throws", async () => {
    const text = await readFile(join(folder.path, "constants.mjs"), "utf8");
    await write(
      "constants.mjs",
      text.replace("note: () => void (rows += 1)", "note: ({ lines }) => void (rows += lines.length)"),
    );
    const { exitCode, stderr } = await folder.pipeline("run", "constants.yaml", "--plain");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /reading 'length'\)\n +It was thrown by code of yours: constants\.mjs:\d+:\d+\. --debug shows/u,
    );
    await write("constants.mjs", text);
  });

  it("are refused where the evidence is not declared, and told how to declare it", async () => {
    const text = await readFile(join(folder.path, "constants.mjs"), "utf8");
    await write("constants.mjs", text.replace("  evidence: [QuoteEvidence],\n", ""));
    const { exitCode, stderr } = await folder.pipeline("run", "constants.yaml", "--plain");
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'stage "constants" put out evidence of the type "quote", which no stage up to it declares',
    );
    expect(stderr).toContain('evidence: [defineEvidence({ type: "quote", ... })]');
    await write("constants.mjs", text);
  });

  it("are refused where the evidence is not as it is declared", async () => {
    const text = await readFile(join(folder.path, "constants.mjs"), "utf8");
    await write("constants.mjs", text.replace('type: "quote", line, text }', 'type: "quote", line: 0, text }'));
    const { exitCode, stderr } = await folder.pipeline("run", "constants.yaml", "--plain");
    expect(exitCode).toBe(1);
    expect(stderr).toContain('stage "constants" put out quote evidence that is none: evidence.line');
    await write("constants.mjs", text);
  });

  it("are refused before anything runs where two stages bring one type in two forms", async () => {
    const text = await readFile(join(folder.path, "questions.mjs"), "utf8");
    const other = 'evidence: [defineEvidence({ type: "quote", schema: z.looseObject({}), proves: () => null })],';
    await write(
      "questions.mjs",
      text
        .replace("{ defineStage,", "{ defineEvidence, defineStage,")
        .replace("writes: Example,", `writes: Example, ${other}`),
    );
    const { exitCode, stderr } = await folder.pipeline("plan", "constants.yaml");
    expect(exitCode).toBe(2);
    expect(stderr).toContain('step "questions" brings evidence of the type "quote", which step "constants" brings in');
    expect(stderr).toMatch(/constants\.yaml:7:\d+/u);
  });
});
