import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import type { Conversation } from "../../../pipeline/contract/records.js";
import exportStage from "../../../stages/dataset/export.js";
import { temporaryFolder } from "../../support/pipelines.js";
import { conversation } from "../../support/records.js";
import { runStage } from "../../support/run-stage.js";

const rows = [
  conversation("a\n", { source: null, task: "snippet", labels: { lines: 2, title: "A" }, columns: { prompt: "p" } }),
  conversation("é", { source: null, task: "reference", labels: { title: "É", checked: true }, columns: {} }),
  conversation("b", { source: null, split: "test" }),
];
const severalTurns: Conversation["messages"] = [
  { role: "user", content: "one" },
  { role: "assistant", content: "two" },
  { role: "user", content: "three" },
  { role: "assistant", content: "four" },
];

async function written(options: object, given: readonly Conversation[] = rows) {
  const outputDir = await temporaryFolder();
  const result = await runStage(exportStage, given, { formats: ["jsonl"], ...options }, { outputDir });
  return { ...result, outputDir, read: (path: string) => readFile(join(outputDir, path), "utf8") };
}

describe("fields of the JSONL", () => {
  const fields = { prompt: "prompt", answer: "response", metadata: { kind: "task", lines: "lines", ok: "checked" } };

  it("are what a line holds, with an inner mapping of what the row has", async () => {
    const { read } = await written({ fields });
    expect(await read("jsonl/train.jsonl")).toBe(
      [
        '{"prompt":"p","answer":"a\\n","metadata":{"kind":"snippet","lines":2}}\n',
        '{"prompt":null,"answer":"é","metadata":{"kind":"reference","ok":true}}\n',
      ].join(""),
    );
  });

  it("can be written as Python does, into files of other names", async () => {
    const { read, outputDir, kept } = await written({
      fields: { messages: "messages" },
      json: "python",
      fileName: "{{split}}_chat",
    });
    expect(await readdir(join(outputDir, "jsonl"))).toEqual(["test_chat.jsonl", "train_chat.jsonl"]);
    expect(await read("jsonl/test_chat.jsonl")).toBe(
      '{"messages": [{"role": "user", "content": "Write a test."}, {"role": "assistant", "content": "b"}]}\n',
    );
    expect(kept[0]).toMatchObject({ path: "jsonl/train_chat.jsonl", facts: { rows: 2 } });
    const card = await read("README.md");
    expect(card).toContain("path: jsonl/train_chat.jsonl");
    expect(card).toContain("A line of the JSONL holds `messages` (`messages`), and no more.");
  });

  it("can be ShareGPT's turns, with calls and their results", async () => {
    const messages: Conversation["messages"] = [
      { role: "system", content: "s" },
      { role: "user", content: "u" },
      { role: "assistant", content: "", thinking: "t", toolCalls: [{ name: "f", arguments: '{"a":1}' }] },
      { role: "tool", name: "f", content: "r" },
      { role: "assistant", content: "a" },
    ];
    const { read } = await written({ fields: { conversations: "conversations" } }, [
      conversation("a", { source: null, messages }),
    ]);
    expect(JSON.parse(await read("jsonl/train.jsonl"))).toEqual({
      conversations: [
        { from: "system", value: "s" },
        { from: "human", value: "u" },
        { from: "function_call", value: '{"name":"f","arguments":{"a":1}}' },
        { from: "observation", value: "r" },
        { from: "gpt", value: "a" },
      ],
    });
  });

  it("are told to LLaMA-Factory where that is wanted", async () => {
    const info = async (options: object) => {
      const { read, kept } = await written({ datasetInfo: true, ...options });
      const path = (kept as { path?: string }[]).find((artifact) => artifact.path === "dataset_info.json");
      return path === undefined ? null : (JSON.parse(await read("dataset_info.json")) as unknown);
    };
    expect(await info({})).toEqual({
      test_train: {
        file_name: "jsonl/train.jsonl",
        formatting: "sharegpt",
        columns: { messages: "messages" },
        tags: {
          role_tag: "role",
          content_tag: "content",
          user_tag: "user",
          assistant_tag: "assistant",
          observation_tag: "tool",
          system_tag: "system",
        },
      },
      test_test: expect.objectContaining({ file_name: "jsonl/test.jsonl" }) as unknown,
    });
    expect(await info({ fields: { turns: "conversations" } })).toMatchObject({
      test_train: { formatting: "sharegpt", columns: { messages: "turns" } },
    });
    expect(await info({ fields: { q: "prompt", a: "response" } })).toMatchObject({
      test_train: { formatting: "alpaca", columns: { prompt: "q", response: "a" } },
    });
    expect(await info({ fields: { id: "id" } })).toBeNull();
    expect(await info({ formats: ["csv"] })).toBeNull();
  });

  it("leave the other formats their columns", async () => {
    const { outputDir, read } = await written({ fields: { q: "response" }, formats: ["jsonl", "csv", "parquet"] });
    expect((await readdir(outputDir)).toSorted()).toEqual(["README.md", "csv", "jsonl", "parquet"]);
    expect(await read("jsonl/test.jsonl")).toBe('{"q":"b"}\n');
    const connection = await (await DuckDBInstance.create()).connect();
    const query = `SELECT task, messages FROM read_parquet('${join(outputDir, "parquet/test.parquet")}')`;
    expect((await connection.runAndReadAll(query)).getRowObjectsJson()).toMatchObject([{ task: "pytest" }]);
    connection.closeSync();
  });

  it("must be columns that there are", async () => {
    await expect(written({ fields: { a: { b: "titel" } } })).rejects.toMatchObject({
      code: "config",
      message: 'fields: the dataset has no column "titel"',
      hint: expect.stringContaining('Did you mean "title"?'),
    });
    expect(exportStage.options.safeParse({ fileName: "all" }).success).toBe(false);
    expect(exportStage.options.safeParse({ fileName: "../{{split}}" }).success).toBe(false);
    expect((await written({ fields: { a: "nonsuch" } }, [])).kept).toHaveLength(1);
  });

  it.each([
    ["the JSONL", { fields: { q: "prompt", a: "response" } }],
    ["the CSV", { formats: ["csv"], columns: { prompt: "q", response: "a", "*": false } }],
  ])("of %s refuse a conversation of several turns that they would shorten", async (_, options) => {
    const several = conversation("four", { source: null, messages: severalTurns });
    const { dropped, kept } = await written(options, [conversation("x", { source: null }), several]);
    expect(dropped.map(({ record, reason }) => [record, reason])).toEqual([
      [several.id, "several turns: prompt and response hold one question and its answer, and this has 4 messages"],
    ]);
    expect(kept).toHaveLength(2);
  });

  it("may name the question beside the whole conversation", async () => {
    const several = conversation("four", { source: null, messages: severalTurns });
    const { read } = await written({ fields: { q: "prompt", all: "messages" } }, [several]);
    expect(JSON.parse(await read("jsonl/train.jsonl"))).toEqual({ q: "one", all: severalTurns });
  });
});
