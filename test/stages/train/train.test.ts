import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { chat } from "../../../pipeline/contract/chat-formats.js";
import { type FineTuning, rowFiles, tokensFile, type TrainingRequest } from "../../../pipeline/contract/finetuning.js";
import type { BackendModel, Model } from "../../../pipeline/contract/model.js";
import { TrainingConfig } from "../../../pipeline/contract/training-config.js";
import train from "../../../stages/train/train.js";
import { conversation } from "../../support/records.js";
import type { StageSurroundings } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

interface Asked {
  readonly request: TrainingRequest;
  readonly rows: Readonly<Record<keyof typeof rowFiles, string[]>>;
  readonly tokens: string;
  /** The rows to train on, as they are written. */
  readonly lines: readonly object[];
}

/** Takes the rows down and leaves an adapter, in place of a training; the real ones are in test/finetuning. */
function surroundings({ asked = [], leaveOut }: { asked?: Asked[]; leaveOut?: string } = {}): StageSurroundings {
  const finetuning: Partial<FineTuning> = {
    async train(request) {
      const read = async (path: string) => await readFile(join(request.folder, path), "utf8").catch(() => "");
      const answers = async (path: string) =>
        (await read(path))
          .split("\n")
          .filter(Boolean)
          .map((line) => (JSON.parse(line) as { messages: { content: string }[] }).messages.at(-1)?.content ?? "");
      asked.push({
        request,
        rows: { train: await answers(rowFiles.train), val: await answers(rowFiles.val) },
        tokens: await read(tokensFile),
        lines: (await read(rowFiles.train))
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line) as object),
      });
      const files = ["adapter/adapter_model.safetensors", "training/log.jsonl"];
      for (const file of files) {
        await mkdir(dirname(join(request.folder, file)), { recursive: true });
        await writeFile(join(request.folder, file), file);
      }
      return {
        files,
        facts: { steps: 3 },
        leftOut:
          leaveOut === undefined ? [] : [{ id: leaveOut, reason: "too long: 900 tokens, and max_seq_length is 512" }],
      };
    },
  };
  const model: Partial<Model<"weights" | "template" | "tokens">> = {
    weights: async () => ({ path: "/models/base.gguf", sha256: "ba" }),
    renderAnswered: async (conversations) =>
      conversations.map((messages) => ({
        prompt: chat`asked: `,
        answer: chat`${messages.at(-1)?.content ?? ""}<end>`,
      })),
    conversationTokens: async (conversations) => conversations.map(() => ({ prompt: [1, 2], answer: [3] })),
    info: async () => ({
      name: "base",
      sha256: "ba",
      licence: null,
      contextTokens: 1,
      bytes: 1,
      chatTemplate: "{{ messages }}",
      chatFormat: null,
      backend: "llama",
    }),
  };
  return {
    services: { finetuning: finetuning as FineTuning, model: () => model as BackendModel },
    yaml: { "sft.yaml": TrainingConfig.parse({ base_model: "base" }) },
  };
}

const config = { config: "sft.yaml" };
const rows = [
  conversation("one"),
  conversation("two", { split: "val" }),
  conversation("three", { split: "test" }),
  conversation("four", { split: null }),
];

stageTest(
  train,
  ({ run }) => {
    it("trains on the train split and on rows of none, validates with val, and keeps test away", async () => {
      const asked: Asked[] = [];
      const { kept, dropped } = await run(rows, config, surroundings({ asked }));
      expect(asked[0]?.rows).toEqual({ train: ["one", "four"], val: ["two"] });
      expect(dropped).toMatchObject([{ record: rows[2]?.id, reason: /^kept for the test/u }]);
      expect(kept).toMatchObject([
        {
          type: "adapter",
          path: "adapter",
          facts: {
            trainer: "peft",
            base_model: "base",
            base_sha256: "ba",
            train_rows: 2,
            val_rows: 1,
            dataset_licences: "MIT",
            steps: 3,
          },
        },
        { type: "training-log", path: "training/log.jsonl" },
      ]);
    });

    it("gives the trainer the tokens that llama.cpp makes of the first rows, and its chat template", async () => {
      const asked: Asked[] = [];
      await run(rows, { ...config, compareTokens: 1 }, surroundings({ asked }));
      expect(JSON.parse(asked[0]?.tokens ?? "")).toEqual({ id: rows[0]?.id, prompt: [1, 2], answer: [3] });
      expect(asked[0]?.request.chatTemplate).toBe("{{ messages }}");
      // The rows bring their text, as the base is asked and as it is to answer.
      const answer = [
        { text: "one", from: "message" },
        { text: "<end>", from: "format" },
      ];
      expect(asked[0]?.lines[0]).toMatchObject({
        id: rows[0]?.id,
        prompt: [{ text: "asked: ", from: "format" }],
        answer,
      });
    });

    it("leaves the text of the rows to the trainer where no tokens are compared: the base is not loaded", async () => {
      const asked: Asked[] = [];
      await run(rows, { ...config, compareTokens: 0 }, surroundings({ asked }));
      expect(Object.keys(asked[0]?.lines[0] ?? {})).toEqual(["id", "messages"]);
      expect(asked[0]?.request.chatTemplate).toBeNull();
    });

    it("leaves out, with the reason, what the trainer left out", async () => {
      const [first] = rows;
      const { kept, dropped } = await run(rows, config, surroundings({ leaveOut: first?.id ?? "" }));
      expect(kept[0]).toMatchObject({ facts: { train_rows: 1, val_rows: 1, left_out_rows: 1 } });
      expect(dropped).toContainEqual(
        expect.objectContaining({ record: first?.id, reason: "too long: 900 tokens, and max_seq_length is 512" }),
      );
    });

    it("needs a row to train on, which ends with an answer", async () => {
      const unanswered = conversation("", { messages: [{ role: "user", content: "Write a test." }] });
      await expect(
        run([unanswered, conversation("two", { split: "val" })], config, surroundings()),
      ).rejects.toMatchObject({ code: "stage", message: "there is no row to train on" });
    });
  },
  { inputs: rows, options: config, surroundings: surroundings() },
);
