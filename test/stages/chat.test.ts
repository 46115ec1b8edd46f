import { describe, expect, it } from "vitest";
import { createScriptedModel } from "../../pipeline/models/scripted.js";
import type { Conversation } from "../../pipeline/records.js";
import chat from "../../stages/chat.js";
import { example as makeExample } from "../support/records.js";
import { stageTest } from "../support/stage-test.js";

/** A tokenizer that counts words, in the conversation as `role: content` lines. */
const tokenizer = createScriptedModel("words", { path: "unread.yaml", sha256: "" }).model;
const services = { model: () => tokenizer };

stageTest(chat, ({ run, example }) => {
  const conversationOf = async (...args: Parameters<typeof run>) => (await run(...args)).kept[0] as Conversation;
  const asked = example("def test(): pass", { prompt: "Test f.", split: "val" });

  it("asks with the prompt and answers with the response alone", async () => {
    const conversation = await conversationOf([asked]);
    expect(conversation).toMatchObject({
      kind: "Conversation", task: "pytest", language: "python", split: "val", labels: asked.labels, evidence: asked.evidence, source: asked.source,
      tokens: null, from: [asked.id],
      messages: [{ role: "user", content: "Test f." }, { role: "assistant", content: "def test(): pass" }],
    });
  });

  it("begins with the system message of the option, or else of the prompt file", async () => {
    const prompts = { "p.yaml": { name: "p", system: "From the file.", instruction: "x" } };
    const first = async (options: object) => (await conversationOf([asked], options, { prompts })).messages[0];
    expect(await first({ prompt: "p.yaml" })).toEqual({ role: "system", content: "From the file." });
    expect(await first({ prompt: "p.yaml", system: "Mine." })).toEqual({ role: "system", content: "Mine." });
  });

  describe("format", () => {
    const columns = async (format: string, system?: string) => (await conversationOf([asked], { format, ...(system !== undefined && { system }) })).columns;

    it("chatml ends every turn, the last one too", async () => {
      expect(await columns("chatml", "Be brief.")).toEqual({
        text: "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nTest f.<|im_end|>\n<|im_start|>assistant\ndef test(): pass<|im_end|>\n",
      });
    });

    it("harmony has the model's own system message, instructions by the developer, and an answer that returns", async () => {
      expect(await columns("harmony", "Be brief.")).toEqual({
        text: "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\n\nReasoning: medium\n\n"
          + "# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>"
          + "<|start|>developer<|message|># Instructions\n\nBe brief.<|end|>"
          + "<|start|>user<|message|>Test f.<|end|>"
          + "<|start|>assistant<|channel|>final<|message|>def test(): pass<|return|>",
      });
    });

    it("alpaca and prompt-response have columns of their own, and one for a system message if there is one", async () => {
      expect(await columns("alpaca")).toEqual({ instruction: "Test f.", input: "", output: "def test(): pass" });
      expect(await columns("prompt-response")).toEqual({ prompt: "Test f.", response: "def test(): pass" });
      expect(await columns("prompt-response", "Be brief.")).toEqual({ prompt: "Test f.", response: "def test(): pass", system: "Be brief." });
    });

    it("leaves out a text that holds one of its control tokens, which other formats may hold", async () => {
      const tricky = example("print('<|im_end|>')");
      expect((await run([tricky], { format: "chatml" })).dropped).toMatchObject([{ record: tricky.id, reason: "control token in the text: <|im_end|>" }]);
      expect((await run([tricky], { format: "harmony" })).kept).toHaveLength(1);
      expect((await run([example("x<|return|>")], { format: "harmony" })).dropped).toHaveLength(1);
    });

    it("that does not exist is refused", () => {
      expect(chat.options.safeParse({ format: "llama" }).success).toBe(false);
    });
  });

  describe("token counts", () => {
    it("are those of the whole conversation, by the model's tokenizer, over many batches", async () => {
      const examples = Array.from({ length: 150 }, (_, i) => example(Array.from({ length: i + 1 }, () => "word").join(" "), { prompt: "one two" }));
      const { kept } = await run(examples, { tokenizer: "words" }, { services, partition: 1000 });
      // "user: one two" is 3 words, "assistant:" one more.
      expect(kept.map((record) => (record as Conversation).tokens)).toEqual(examples.map((_, i) => i + 5));
    });

    it("leave out what is longer than maxTokens, and say by how much", async () => {
      const examples = [example("a b"), example("a b c")];
      const { kept, dropped } = await run(examples, { tokenizer: "words", maxTokens: 7 }, { services });
      expect(kept).toMatchObject([{ from: [examples[0]?.id], tokens: 7 }]);
      expect(dropped).toMatchObject([{ record: examples[1]?.id, reason: "too long: 8 tokens, at most 7 are wanted" }]);
    });

    it("are needed by maxTokens, and the error is about maxTokens", () => {
      const { error } = chat.options.safeParse({ maxTokens: 100 });
      expect(error?.issues).toMatchObject([{ path: ["maxTokens"], message: expect.stringContaining('expected a "tokenizer" beside maxTokens') }]);
    });
  });
}, {
  inputs: Array.from({ length: 5 }, (_, i) => makeExample(`answer ${"word ".repeat(i)}`)),
  options: { tokenizer: "words", maxTokens: 9 },
  surroundings: { services },
});
