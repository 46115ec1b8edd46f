import { join } from "node:path";
import { expect, it } from "vitest";
import type { Example } from "../../../pipeline/contract/records.js";
import readDataset from "../../../stages/dataset/read-dataset.js";
import { ownFiles } from "../../support/own-files.js";
import { runStage } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

/** A folder with these files, each a list of rows or a text. */
async function folder(files: Readonly<Record<string, readonly unknown[] | string>>) {
  const text = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const { services, baseDir } = await ownFiles(
    Object.fromEntries(
      Object.entries(files).map(([path, rows]) => [path, typeof rows === "string" ? rows : text(rows)]),
    ),
  );
  return {
    services,
    baseDir,
    run: async (options: object, yaml: Readonly<Record<string, unknown>> = {}) =>
      await runStage(readDataset, [], options, { services, yaml }),
  };
}

const turns = [
  { role: "user", content: "a?" },
  { role: "assistant", content: "b" },
  { role: "user", content: "c?" },
  { role: "assistant", content: "d" },
];
const told = { role: "system", content: "Be brief." };
const tool = { name: "f", description: "d" };

/** The conversation that a row came to. */
const said = ({ prompt, response, messages }: Example) =>
  messages ?? [
    { role: "user", content: prompt },
    { role: "assistant", content: response },
  ];

stageTest(
  readDataset,
  () => {
    it.each([
      ["messages", { messages: turns }, turns],
      [
        "messages with parts",
        { messages: [{ role: "user", content: [{ type: "text", text: "a?" }] }, turns[1]] },
        turns.slice(0, 2),
      ],
      [
        "ShareGPT",
        {
          system: "Be brief.",
          conversations: [
            { from: "human", value: "a?" },
            { from: "gpt", value: "b" },
          ],
        },
        [told, ...turns.slice(0, 2)],
      ],
      ["Alpaca", { instruction: "a", input: "?", output: "b" }, [{ role: "user", content: "a\n\n?" }, turns[1]]],
      ["Alpaca with a history", { instruction: "c?", output: "d", history: [["a?", "b"]] }, turns],
      ["prompt and response", { prompt: "a?", response: "b", metadata: { x: 1 } }, turns.slice(0, 2)],
      ["prompt and completion of messages", { prompt: turns.slice(0, 3), completion: turns.slice(3) }, turns],
      ["question and answer", { question: "a?", answer: "b" }, turns.slice(0, 2)],
      [
        "tools",
        { messages: turns.slice(0, 2), tools: [{ type: "function", function: tool }] },
        [{ role: "system", content: "", tools: [tool] }, ...turns.slice(0, 2)],
      ],
      [
        "thinking and a call",
        {
          messages: [
            turns[0],
            {
              role: "assistant",
              content: null,
              reasoning_content: "t",
              tool_calls: [{ id: "1", function: { name: "f", arguments: "{}" } }],
            },
          ],
        },
        [
          turns[0],
          { role: "assistant", content: "", thinking: "t", toolCalls: [{ id: "1", name: "f", arguments: "{}" }] },
        ],
      ],
    ])("reads %s", async (_, row, expected) => {
      const { run } = await folder({ "rows.jsonl": [row] });
      const { kept } = await run({ files: ["rows.jsonl"] });
      expect(said(kept[0] as Example)).toEqual(expected);
    });

    it("gives each file its split, says where rows come from, and keeps the labels that are asked for", async () => {
      const row = (n: number) => ({ prompt: `q${n}`, response: "r", topic: "t", facts: { n } });
      const { run } = await folder({ "mine/a.jsonl": [row(1), row(2)], "mine/b.jsonl": [row(3)] });
      const options = { root: "mine", train: ["a.jsonl"], test: ["b.jsonl"], labels: ["topic", "facts", "none"] };
      const { kept } = await run(options);
      expect(
        (kept as Example[]).map(({ prompt, split, labels, source }) => [prompt, split, labels, source?.row]),
      ).toEqual([
        ["q1", "train", { topic: "t", facts: '{"n":1}' }, 1],
        ["q2", "train", { topic: "t", facts: '{"n":2}' }, 2],
        ["q3", "test", { topic: "t", facts: '{"n":3}' }, 1],
      ]);
      expect(kept[0]).toMatchObject({ source: { ref: "file:mine/a.jsonl", licence: "LicenseRef-own" } });
    });

    it("reads what sft.yaml names", async () => {
      const { run } = await folder({ "data/t.jsonl": [{ messages: turns }], "data/v.jsonl": [{ messages: turns }] });
      const yaml = {
        "sft.yaml": { base_model: "tiny", train: { dataset_path: "data/t.jsonl", eval_dataset_path: "data/v.jsonl" } },
      };
      const { kept } = await run({ config: "sft.yaml" }, yaml);
      expect((kept as Example[]).map(({ split }) => split)).toEqual(["train", "val"]);
    });

    it("refuses a row that is no conversation, with its number and why, and goes on", async () => {
      const lines = [
        '{"prompt": "a", "response": "b"}',
        "{broken",
        "",
        '{"text": "all in one"}',
        '{"messages": [{"role": "robot", "content": "x"}]}',
        '{"messages": [{"role": "user", "content": "x"}]}',
        '{"messages": [{"role": "assistant", "content": "x"}]}',
        '{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}], "tools": "[{"}',
      ];
      const { run } = await folder({ "rows.jsonl": `\uFEFF${lines.join("\r\n")}` });
      const { kept, refused } = await run({ files: ["rows.jsonl"] });
      expect(kept).toHaveLength(1);
      expect(refused.map(({ reason }) => reason)).toEqual([
        "row 2: it is no JSON object",
        "row 3: it has no conversation: its columns are text",
        expect.stringMatching(/^row 4: its conversation cannot be read: 0/u),
        "row 5: the conversation does not end with an answer",
        "row 6: no message of it is a user's",
        expect.stringMatching(/^row 7: its conversation cannot be read/u),
      ]);
    });

    it("fails where a file has no row that can be used, at the file", async () => {
      const { run, baseDir } = await folder({ "text.jsonl": [{ text: "a" }], "empty.jsonl": "\n" });
      await expect(run({ files: ["text.jsonl"] })).rejects.toMatchObject({
        message:
          "none of the 1 rows of text.jsonl can be used; the first: it has no conversation: its columns are text",
        hint: expect.stringContaining("messages (role, content)"),
        locations: [{ file: join(baseDir, "text.jsonl"), line: 1 }],
      });
      await expect(run({ files: ["empty.jsonl"] })).rejects.toMatchObject({ message: "empty.jsonl holds no row" });
    });

    it("wants to know what to read", () => {
      expect(readDataset.options.safeParse({ root: "mine" }).error?.issues[0]?.message).toContain("no file is named");
    });
  },
  async () => {
    const { services } = await folder({
      "rows.jsonl": [{ messages: turns }, { prompt: "a", response: "b" }, { text: "x" }],
    });
    return { inputs: [], options: { files: ["rows.jsonl"] }, surroundings: { services } };
  },
);
