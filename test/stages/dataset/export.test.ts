import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { tableFromIPC } from "apache-arrow";
import { parse } from "csv-parse/sync";
import { execa } from "execa";
import parquet from "parquetjs-lite";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { parse as parseYaml } from "yaml";
import { hashFile } from "../../../pipeline/system/hash.js";
import { installPackages } from "../../../pipeline/system/python/packages.js";
import { defaultCacheDir, packageRoot } from "../../../pipeline/system/paths.js";
import { findPython } from "../../../pipeline/system/python/interpreter.js";
import type { Artifact, Conversation } from "../../../pipeline/contract/records.js";
import type { PytestEvidence } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import type { StepSummary } from "../../../pipeline/contract/step-summary.js";
import exportStage from "../../../stages/dataset/export.js";
import { conversation as makeConversation } from "../../support/records.js";
import type { StageSurroundings } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

const awkward = 'line one\n"quoted", and a comma\r\ttab; ü 漢字 😀 \\n \\ud800 \u2028 end\n';

const evidence: PytestEvidence = {
  type: "pytest",
  target: { id: "t", kind: "function", name: "add", qualifiedName: "Sum.add", module: "shop.prices" },
  preamble: "import pytest\n\nfrom shop.prices import Sum\n",
  expectations: [
    { test: "test_a", asked: "Sum().add(1, 2)", expected: "3", recorded: null },
    { test: "test_b", asked: "Sum().add(2, 2)", expected: "5", recorded: "4" },
    { test: null, asked: "Sum().add(0, 0)", expected: "1", recorded: "0" },
  ],
  verdicts: [
    { test: "test_a", outcome: "passed", reason: null, detail: "" },
    { test: "test_b", outcome: "passed", reason: null, detail: "" },
  ],
  hashSeeds: [0, 1, 2],
  sandbox: "namespaces",
  mutants: { killed: 2, run: 3, total: 9 },
  coverage: { lines: 0.5, branches: 1 },
};

const rows: readonly Conversation[] = [
  makeConversation(awkward, {
    evidence,
    tokens: 12,
    columns: { text: `user: ${awkward}` },
    labels: { teacher: "model:tiny", sample: 1, score: 0.5, checked: true },
  }),
  makeConversation("", { split: "val", columns: { text: "" }, labels: { teacher: "doctest", score: 1 }, source: null }),
  makeConversation("c", { split: "test", columns: { text: "c" } }),
  makeConversation("d", {
    split: "train",
    columns: { text: "d" },
    source: {
      ref: "git:https://example.org/own/tools@abc",
      name: "own/tools",
      version: "abc",
      licence: "GPL-3.0-only OR LicenseRef-x",
    },
  }),
];

const columns = [
  "id",
  "messages",
  "text",
  "split",
  "task",
  "language",
  "tokens",
  "checked",
  "sample",
  "score",
  "teacher",
  "source_ref",
  "package",
  "version",
  "licence",
  "path",
  "first_line",
  "last_line",
  "target_module",
  "target_name",
  "target_kind",
  "preamble",
  "tests_passed",
  "runs",
  "values",
  "values_own",
  "values_recorded",
  "mutants_killed",
  "mutants_run",
  "line_coverage",
  "branch_coverage",
  "sandbox",
];

/** The first row, as every format has to give it back. */
const firstRow = {
  id: rows[0]?.id,
  messages: [
    { role: "user", content: "Write a test." },
    { role: "assistant", content: awkward },
  ],
  text: `user: ${awkward}`,
  split: "train",
  task: "pytest",
  language: "python",
  tokens: 12,
  checked: true,
  sample: 1,
  score: 0.5,
  teacher: "model:tiny",
  source_ref: "pypi:shop@1.0.0",
  package: "shop",
  version: "1.0.0",
  licence: "MIT",
  path: "shop/prices.py",
  first_line: 1,
  last_line: 3,
  target_module: "shop.prices",
  target_name: "Sum.add",
  target_kind: "function",
  preamble: evidence.preamble,
  values: "mixed",
  values_own: 1,
  values_recorded: 1,
  tests_passed: 2,
  runs: 3,
  mutants_killed: 2,
  mutants_run: 3,
  line_coverage: 0.5,
  branch_coverage: 1,
  sandbox: "namespaces",
};

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "export-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Sources with a licence text for the package "shop" alone. */
async function surroundings(outputDir: string, more: Partial<StageSurroundings> = {}): Promise<StageSurroundings> {
  const folder = `${outputDir}-source`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "LICENSE"), "MIT, in full\n");
  await writeFile(join(folder, "NOTICE"), "and a notice\n");
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  const tree = async ({ ref, name, version }: { ref: string; name: string; version: string }) => ({
    ref,
    name,
    version,
    folder,
    importRoots: [""],
    refused: [],
    requirements: [],
    licence: { expression: "MIT", evidence: "LICENSE", files: name === "shop" ? ["LICENSE", "NOTICE"] : [] },
  });
  return {
    outputDir,
    services: { sources: { tree, fetch: async (ref) => await tree({ ref, name: ref, version: "" }) } },
    ...more,
  };
}

const filesBelow = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();

const jsonLines = async (path: string) =>
  (await readFile(path, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function queryParquet(path: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  try {
    return (await connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`)).getRowObjectsJson();
  } finally {
    connection.closeSync();
  }
}

const readWithPython = `
import json, sys
import datasets, pyarrow.ipc, pyarrow.parquet
folder = sys.argv[1]
datasets.disable_progress_bars()
parquet = pyarrow.parquet.read_table(folder + "/parquet/train.parquet")
arrow = pyarrow.ipc.open_file(folder + "/arrow/train.arrow").read_all()
loaded = datasets.load_dataset(folder)
print(json.dumps({
    "messages": str(parquet.schema.field("messages").type),
    "parquet": parquet.to_pylist()[0],
    "arrow": arrow.to_pylist()[0],
    "splits": {name: len(split) for name, split in loaded.items()},
    "first": loaded["train"][0],
}))
`;

stageTest(
  exportStage,
  ({ run, conversation }) => {
    it("writes a file for each format and split that has rows, and an artifact for each file", async () => {
      const outputDir = await temporaryFolder();
      const { kept } = await run(rows.slice(0, 2), { formats: ["jsonl", "parquet"] }, await surroundings(outputDir));
      const files = await filesBelow(outputDir);
      expect(files).toEqual([
        "LICENSES/shop-1.0.0.txt",
        "README.md",
        "jsonl/train.jsonl",
        "jsonl/val.jsonl",
        "parquet/train.parquet",
        "parquet/val.parquet",
      ]);
      const artifacts = kept as Artifact[];
      expect(artifacts.map(({ path }) => path).toSorted()).toEqual(files);
      for (const { path, sha256, bytes } of artifacts) {
        expect(sha256).toBe(await hashFile(join(outputDir, path)));
        expect(bytes).toBe((await readFile(join(outputDir, path))).length);
      }
      expect(artifacts[0]).toMatchObject({
        type: "dataset",
        path: "jsonl/train.jsonl",
        facts: { rows: 1, format: "jsonl", split: "train" },
      });
    });

    it("calls the file of examples that were never split all, and loaders read it as train", async () => {
      const outputDir = await temporaryFolder();
      await run([conversation("a", { split: null })], { formats: ["parquet"] }, await surroundings(outputDir));
      expect(await readdir(join(outputDir, "parquet"))).toEqual(["all.parquet"]);
      expect(await readFile(join(outputDir, "README.md"), "utf8")).toContain(
        "split: train\n        path: parquet/all.parquet",
      );
    });

    describe("every format gives the same rows back:", () => {
      it("JSON Lines", async () => {
        const outputDir = await temporaryFolder();
        await run(rows, { formats: ["jsonl"] }, await surroundings(outputDir));
        const [first, second] = await jsonLines(join(outputDir, "jsonl/train.jsonl"));
        expect(first).toEqual(firstRow);
        expect(Object.keys(first ?? {})).toEqual(columns);
        expect(second).toMatchObject({
          package: "own/tools",
          path: null,
          first_line: null,
          tokens: null,
          score: null,
          tests_passed: null,
        });
        expect(Object.keys(second ?? {})).toEqual(columns);
      });

      it("with the row of a table, where rows come from tables", async () => {
        const outputDir = await temporaryFolder();
        const source = {
          ref: "folder:rules",
          name: "rules",
          version: "1",
          licence: "LicenseRef-own",
          path: "rules.csv",
          row: 7,
        };
        const inputs = [conversation("a", { source }), conversation("b")];
        await run(inputs, { formats: ["jsonl"] }, await surroundings(outputDir));
        const read = await jsonLines(join(outputDir, "jsonl/train.jsonl"));
        expect(read.map(({ source_row }) => source_row)).toEqual([7, null]);
      });

      it("with thoughts and calls of functions in a column of their own, where a row has any", async () => {
        const outputDir = await temporaryFolder();
        const messages = [
          { role: "user" as const, content: "q" },
          { role: "assistant" as const, content: "", thinking: "t", toolCalls: [{ name: "f", arguments: "{}" }] },
          { role: "tool" as const, name: "f", content: "1" },
          { role: "assistant" as const, content: "a" },
        ];
        await run(
          [conversation("a", { messages }), conversation("b")],
          { formats: ["jsonl", "parquet", "arrow"] },
          await surroundings(outputDir),
        );
        const [first, second] = await jsonLines(join(outputDir, "jsonl/train.jsonl"));
        expect(first?.["messages"]).toEqual(messages.map(({ role, content }) => ({ role, content })));
        expect(JSON.parse(first?.["conversation"] as string)).toEqual(messages);
        expect(JSON.parse(second?.["conversation"] as string)).toEqual(second?.["messages"]);
        const types = (await readFile(join(outputDir, "README.md"), "utf8")).match(
          /^\| `(?:messages|conversation)` \| [^|]+/gmu,
        );
        expect(types).toEqual(["| `messages` | list<struct<role, content>> ", "| `conversation` | string "]);
      });

      it("CSV, with text that is awkward in a CSV", async () => {
        const outputDir = await temporaryFolder();
        await run(rows, { formats: ["csv"] }, await surroundings(outputDir));
        const read = (split: string) => readFile(join(outputDir, `csv/${split}.csv`), "utf8");
        const [first] = parse<Record<string, string>>(await read("train"), { columns: true, record_delimiter: "\n" });
        const { messages, ...scalars } = first ?? {};
        expect(JSON.parse(messages ?? "")).toEqual(firstRow.messages);
        const { messages: _messages, ...expected } = firstRow;
        expect(scalars).toEqual(
          Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, String(value)])),
        );
        // Null is nothing at all, empty text is quoted.
        expect((await read("val")).split("\n")[1]).toMatch(/,"",.*,,,,/u);
        expect(await filesBelow(outputDir)).not.toContain("jsonl/train.jsonl");
      });

      it.each(["duckdb", "javascript"])("Parquet, written by %s", async (parquetWriter) => {
        const outputDir = await temporaryFolder();
        await run(rows, { formats: ["parquet"], parquetWriter }, await surroundings(outputDir));
        const path = join(outputDir, "parquet/train.parquet");
        const [first, second] = await queryParquet(path);
        // DuckDB's JSON has 64-bit integers as text, and a list's wrapper of the JavaScript writer is read as a list.
        const integers = {
          tokens: "12",
          sample: "1",
          first_line: "1",
          last_line: "3",
          values_own: "1",
          values_recorded: "1",
          tests_passed: "2",
          runs: "3",
          mutants_killed: "2",
          mutants_run: "3",
        };
        expect(first).toEqual({ ...firstRow, ...integers });
        expect(second).toMatchObject({ path: null, tokens: null, score: null, checked: null });

        const reader = await parquet.ParquetReader.openFile(path);
        expect(await reader.getCursor().next()).toMatchObject({
          id: firstRow.id,
          text: firstRow.text,
          score: 0.5,
          checked: true,
        });
        await reader.close();
      });

      it("Arrow", async () => {
        const outputDir = await temporaryFolder();
        await run(rows, { formats: ["arrow"] }, await surroundings(outputDir));
        const table = tableFromIPC(await readFile(join(outputDir, "arrow/train.arrow")));
        expect(table.numRows).toBe(2);
        const plain = JSON.parse(
          JSON.stringify(table.get(0), (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value)),
        ) as unknown;
        expect(plain).toEqual(firstRow);
      });
    });

    // Two large Python packages, locked; in the user's cache once they were asked for.
    let python = "";
    let packages = "";
    beforeAll(async () => {
      const lock = await readFile(join(packageRoot, "scripts/bench/export_peer.lock"), "utf8");
      packages = await installPackages(lock, "Hugging Face datasets", {
        cacheDir: defaultCacheDir(),
        emit: () => undefined,
      });
      python = (await findPython()).executable;
    }, 600_000);

    describe.each(["duckdb", "javascript"])("written by %s", (parquetWriter) => {
      it("is read by pyarrow, and the folder by datasets.load_dataset", async () => {
        const outputDir = await temporaryFolder();
        await run(
          rows,
          { formats: ["jsonl", "csv", "parquet", "arrow"], parquetWriter },
          await surroundings(outputDir),
        );
        const { stdout } = await execa(python, ["-c", readWithPython, outputDir], {
          env: { PYTHONPATH: packages, HF_HUB_OFFLINE: "1", HF_HOME: join(outputDir, "hub") },
        });
        const integers = {
          tokens: 12,
          sample: 1,
          first_line: 1,
          last_line: 3,
          values_own: 1,
          values_recorded: 1,
          tests_passed: 2,
          runs: 3,
          mutants_killed: 2,
          mutants_run: 3,
        };
        expect(JSON.parse(stdout)).toEqual({
          messages: expect.stringMatching(/^list<\w+: struct<role: string, content: string>>$/u),
          parquet: { ...firstRow, ...integers },
          arrow: { ...firstRow, ...integers },
          splits: { train: 2, validation: 1, test: 1 },
          first: { ...firstRow, ...integers },
        });
      });
    });

    it("is the same, byte for byte, when it is written again", async () => {
      const formats = ["jsonl", "csv", "parquet", "arrow"];
      const many = Array.from({ length: 2100 }, (_, i) =>
        conversation(`${awkward}${i}`, { columns: { text: `${i}` } }),
      );
      const [one, two] = await Promise.all(
        [1, 2].map(async () => (await run(many, { formats }, await surroundings(await temporaryFolder()))).kept),
      );
      expect(one).toEqual(two);
      const javascript = async () =>
        (
          await run(
            many.slice(0, 50),
            { formats: ["parquet"], parquetWriter: "javascript" },
            await surroundings(await temporaryFolder()),
          )
        ).kept;
      expect(await javascript()).toEqual(await javascript());
    });

    it("keeps the order of the rows over several row groups", async () => {
      const outputDir = await temporaryFolder();
      const many = Array.from({ length: 2500 }, (_, i) => conversation(`${i}`));
      await run(many, { formats: ["parquet"] }, await surroundings(outputDir));
      expect((await queryParquet(join(outputDir, "parquet/train.parquet"))).map(({ id }) => id)).toEqual(
        many.map(({ id }) => id),
      );
    });

    it("gives a label that is text in one row and a number in another the type of text, in every format", async () => {
      const outputDir = await temporaryFolder();
      await run(
        [conversation("a", { labels: { grade: 1 } }), conversation("b", { labels: { grade: "good" } })],
        { formats: ["jsonl", "parquet"] },
        await surroundings(outputDir),
      );
      expect((await jsonLines(join(outputDir, "jsonl/train.jsonl"))).map(({ grade }) => grade)).toEqual(["1", "good"]);
      expect((await queryParquet(join(outputDir, "parquet/train.parquet"))).map(({ grade }) => grade)).toEqual([
        "1",
        "good",
      ]);
    });

    it("does not let a label take the place of a column", async () => {
      const outputDir = await temporaryFolder();
      await run(
        [conversation("a", { labels: { licence: "none" } })],
        { formats: ["jsonl"] },
        await surroundings(outputDir),
      );
      expect(await jsonLines(join(outputDir, "jsonl/train.jsonl"))).toMatchObject([
        { licence: "MIT", label_licence: "none" },
      ]);
    });

    it("tells labels that differ in case alone apart, for readers that do not", async () => {
      const outputDir = await temporaryFolder();
      await run(
        [conversation("a", { labels: { Grade: 1, grade: 2, ID: 3 } })],
        { formats: ["parquet"] },
        await surroundings(outputDir),
      );
      expect(await queryParquet(join(outputDir, "parquet/train.parquet"))).toMatchObject([
        { Grade: "1", label_grade: "2", label_ID: "3" },
      ]);
    });

    it("leaves out a row that is not valid Unicode, and says so", async () => {
      const broken = conversation("half \ud83d of a pair");
      const { dropped, kept } = await run(
        [broken, conversation("fine")],
        { formats: ["parquet"] },
        await surroundings(await temporaryFolder()),
      );
      expect(dropped).toMatchObject([{ record: broken.id, reason: "not valid Unicode: half of a surrogate pair" }]);
      expect(kept[0]).toMatchObject({ facts: { rows: 1 } });
    });

    describe("columns of the CSV", () => {
      const header = async (names: object) => {
        const outputDir = await temporaryFolder();
        await run(rows, { formats: ["csv"], columns: names }, await surroundings(outputDir));
        return (
          parse<Record<string, string>>(await readFile(join(outputDir, "csv/test.csv"), "utf8"), {
            columns: true,
            record_delimiter: "\n",
          })[0] ?? {}
        );
      };

      it("are renamed and come first, whatever the chat format; the others follow", async () => {
        const row = await header({ prompt: "input_function_code", response: "expected_test_output", sandbox: false });
        expect(row).toMatchObject({ input_function_code: "Write a test.", expected_test_output: "c", licence: "MIT" });
        expect(Object.keys(row)).toEqual([
          "input_function_code",
          "expected_test_output",
          ...columns.filter((name) => name !== "sandbox"),
        ]);
      });

      it("are the named ones alone, if the others are left out", async () => {
        expect(await header({ prompt: "q", response: "a", "*": false })).toEqual({ q: "Write a test.", a: "c" });
      });

      it("need not exist in a dataset of nothing", async () => {
        expect(
          (await run([], { columns: { instruction: "q" } }, await surroundings(await temporaryFolder()))).kept,
        ).toMatchObject([{ path: "README.md" }]);
      });

      it("must exist, and must not be named alike", async () => {
        await expect(header({ promt: "q" })).rejects.toMatchObject({
          code: "config",
          message: 'columns: the dataset has no column "promt"',
          hint: expect.stringContaining('Did you mean "prompt"?'),
        });
        await expect(header({ prompt: "text" })).rejects.toMatchObject({
          message: 'columns: two columns of the CSV are named "text"',
        });
      });
    });

    describe("the dataset card", () => {
      const step = (name: string, counts: Partial<StepSummary>): StepSummary => ({
        step: name,
        stage: name,
        in: 0,
        out: 0,
        dropped: 0,
        failed: 0,
        skipped: 0,
        rejectedParts: 0,
        refused: 0,
        reasons: [],
        notices: [],
        ...counts,
      });
      const history = [
        step("ingest", {
          out: 40,
          refused: 1,
          reasons: [{ type: "refused", code: "encoding", count: 1, example: "encoding: not valid utf-8" }],
        }),
        step("generate", {
          in: 10,
          out: 6,
          rejectedParts: 14,
          reasons: [{ type: "rejected", code: "no-code", count: 14, example: "no-code: no test function" }],
        }),
        step("split", {
          in: 6,
          out: 4,
          dropped: 2,
          reasons: [{ type: "dropped", code: "near-duplicate", count: 2, example: "near-duplicate of 0a in test" }],
          notices: ["the ratios are missed"],
        }),
      ];
      const cardOf = async (conversations = rows, more: Partial<StageSurroundings> = { history }) => {
        const outputDir = await temporaryFolder();
        await run(conversations, { formats: ["csv", "parquet"] }, await surroundings(outputDir, more));
        return await readFile(join(outputDir, "README.md"), "utf8");
      };

      it("has the header that the Hub and `datasets` read, with one format to load", async () => {
        const [, header = ""] = (await cardOf()).split("---\n");
        expect(parseYaml(header)).toEqual({
          pretty_name: "test",
          license: ["gpl-3.0", "mit", "other"],
          license_name: "see-licenses-folder",
          license_link: "LICENSES",
          language: ["code"],
          task_categories: ["text-generation"],
          size_categories: ["n<1K"],
          tags: ["code", "pytest", "python", "synthetic"],
          configs: [
            {
              config_name: "default",
              data_files: [
                { split: "train", path: "parquet/train.parquet" },
                { split: "validation", path: "parquet/val.parquet" },
                { split: "test", path: "parquet/test.parquet" },
              ],
            },
          ],
        });
      });

      it("counts sources, teachers, steps and reasons, and shows the configuration", async () => {
        const card = await cardOf();
        for (const line of [
          "4 rows from 2 sources",
          "| train | 2 | 50.0 % | 1 | 2 |",
          "| shop | `1.0.0` | MIT | 2 | 50.0 % | [text](LICENSES/shop-1.0.0.txt) |",
          "| own/tools | `abc` | GPL-3.0-only OR LicenseRef-x | 1 | 25.0 % | none in the source |",
          "| (several, or none) |  |  | 1 | 25.0 % |  |",
          "| doctest | 3 | 75.0 % |",
          "Of 20 answers that a model gave, 1 (5.0 %) became rows",
          "| generate | 10 | 6 | 0 | 0 | 0 | 14 | 0 |",
          "| generate | rejected: no code | 14 |",
          "- `split`: the ratios are missed",
          "| `messages` | list<struct<role, content>> |",
          "```yaml\nname: test\n```",
        ])
          expect(card).toContain(line);
      });

      it("says what stands in two splits, and does not claim a check that was not made", async () => {
        expect(await cardOf()).toContain(
          "1 file and 1 package stand in two splits. 2 near-identical examples were left out",
        );
        const unsplit = await cardOf([rows[2] as Conversation], { history: [] });
        expect(unsplit).not.toContain("leakage.json");
        expect(unsplit).not.toContain("How it was verified");
        expect(unsplit).not.toContain("synthetic");
      });

      it("says of how many rows the tests were run, and in what", async () => {
        const unproven = conversation("not run", {
          evidence: { ...evidence, verdicts: [], hashSeeds: [], sandbox: null },
        });
        const card = await cardOf([rows[0] as Conversation, unproven]);
        expect(card).toContain("2 expectations were right and stand as the model wrote them, 2 in 2 rows were wrong");
        expect(card).toContain(
          "1 of 2 rows was proven by running its tests, 2 tests in all, sandboxed by: namespaces.",
        );
        expect(card).toContain("The tests of 1 of 1 proven row fail on at least one mutant");
        expect(card).toContain("2 mutants of 3 that were run were killed");
        expect(card).toContain("The tests of 1 row ran 50.0 % of the lines");
      });

      it("claims nothing of mutants where none was run, and says what was mended", async () => {
        const unmutated = conversation("not changed", {
          labels: { teacher: "model:tiny", repair: "rule:import, model:1" },
          evidence: { ...evidence, mutants: null, coverage: null },
        });
        const card = await cardOf([unmutated]);
        expect(card).toContain("a row's tests may pass whatever the code does");
        expect(card).toContain("by `model:1` (1 row), `rule:import` (1 row)");
        expect(await cardOf([rows[0] as Conversation, unmutated])).toContain("1 row was run on none.");
      });

      it("of nothing says so, and names no files", async () => {
        const card = await cardOf([]);
        expect(card).toContain("0 rows from 0 sources");
        expect(card).not.toContain("data_files");
      });
    });

    it("copies the licence texts of each source", async () => {
      const outputDir = await temporaryFolder();
      await run(rows, {}, await surroundings(outputDir));
      expect(await filesBelow(join(outputDir, "LICENSES"))).toEqual(["shop-1.0.0.txt"]);
      expect(await readFile(join(outputDir, "LICENSES/shop-1.0.0.txt"), "utf8")).toBe(
        "==> LICENSE <==\n\nMIT, in full\n\n==> NOTICE <==\n\nand a notice\n",
      );
    });
  },
  { inputs: [makeConversation("a", { source: null }), makeConversation("b", { source: null, split: "test" })] },
);
