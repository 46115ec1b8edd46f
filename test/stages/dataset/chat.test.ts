import { describe, expect, it } from "vitest";
import { createScriptedModel } from "../../../pipeline/models/scripted.js";
import type { Conversation } from "../../../pipeline/contract/records.js";
import chat from "../../../stages/dataset/chat.js";
import { example as makeExample } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";

/** A tokenizer that counts words, in the conversation as `role: content` lines. */
const tokenizer = createScriptedModel("words", { path: "unread.yaml", sha256: "" }).model;
const services = { model: () => tokenizer };

stageTest(
  chat,
  ({ run, example }) => {
    const conversationOf = async (...args: Parameters<typeof run>) => (await run(...args)).kept[0] as Conversation;
    const asked = example("def test(): pass", { prompt: "Test f.", split: "val" });

    it("asks with the prompt and answers with the response alone", async () => {
      const conversation = await conversationOf([asked]);
      expect(conversation).toMatchObject({
        kind: "Conversation",
        task: "pytest",
        language: "python",
        split: "val",
        labels: asked.labels,
        evidence: asked.evidence,
        source: asked.source,
        tokens: null,
        from: [asked.id],
        messages: [
          { role: "user", content: "Test f." },
          { role: "assistant", content: "def test(): pass" },
        ],
      });
    });

    it("takes the white space off the ends of turns where that is wanted, and not off the system message", async () => {
      const spaced = example("\u0085 def test(): pass\n\n", { prompt: "\n Test f.\u001C" });
      const contents = async (options: object) =>
        (await conversationOf([spaced], options)).messages.map(({ content }) => content);
      expect(await contents({ strip: true, system: " s " })).toEqual([" s ", "Test f.", "def test(): pass"]);
      expect(await contents({})).toEqual([spaced.prompt, spaced.response]);
    });

    it("writes nothing beside the messages where that is wanted, and counts nothing", async () => {
      const { columns, tokens, messages } = await conversationOf(
        [asked],
        { format: "messages", tokenizer: "words" },
        { services },
      );
      expect({ columns, tokens, turns: messages.length }).toEqual({ columns: {}, tokens: null, turns: 2 });
      const { error } = chat.options.safeParse({ format: "messages", tokenizer: "words", maxTokens: 9 });
      expect(error?.issues).toMatchObject([{ path: ["maxTokens"] }]);
    });

    it("begins with the system message of the option, or else of the prompt file", async () => {
      const prompts = { "p.yaml": { name: "p", system: "From the file.", instruction: "x" } };
      const first = async (options: object) => (await conversationOf([asked], options, { prompts })).messages[0];
      expect(await first({ prompt: "p.yaml" })).toEqual({ role: "system", content: "From the file." });
      expect(await first({ prompt: "p.yaml", system: "Mine." })).toEqual({ role: "system", content: "Mine." });
    });

    describe("format", () => {
      const columns = async (format: string, system?: string) =>
        (await conversationOf([asked], { format, ...(system !== undefined && { system }) })).columns;

      it("chatml ends every turn, the last one too", async () => {
        expect(await columns("chatml", "Be brief.")).toEqual({
          text:
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nTest " +
            "f.<|im_end|>\n<|im_start|>assistant\ndef test(): pass<|im_end|>\n",
        });
      });

      it("harmony has the model's own system message, a developer's instructions, an answer that returns", async () => {
        expect(await columns("harmony", "Be brief.")).toEqual({
          text:
            "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: " +
            "2024-06\n\nReasoning: medium\n\n" +
            "# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>" +
            "<|start|>developer<|message|># Instructions\n\nBe brief.<|end|>" +
            "<|start|>user<|message|>Test f.<|end|>" +
            "<|start|>assistant<|channel|>final<|message|>def test(): pass<|return|>",
        });
      });

      it("alpaca and prompt-response have columns of their own, and one for a system message where it is", async () => {
        expect(await columns("alpaca")).toEqual({ instruction: "Test f.", input: "", output: "def test(): pass" });
        expect(await columns("prompt-response")).toEqual({ prompt: "Test f.", response: "def test(): pass" });
        expect(await columns("prompt-response", "Be brief.")).toEqual({
          prompt: "Test f.",
          response: "def test(): pass",
          system: "Be brief.",
        });
      });

      it("leaves out a text that holds one of its control tokens, which other formats may hold", async () => {
        const tricky = example("print('<|im_end|>')");
        expect((await run([tricky], { format: "chatml" })).dropped).toMatchObject([
          { record: tricky.id, reason: "control token in the text: <|im_end|>" },
        ]);
        expect((await run([tricky], { format: "harmony" })).kept).toHaveLength(1);
        expect((await run([example("x<|return|>")], { format: "harmony" })).dropped).toHaveLength(1);
      });

      it("leaves out, whatever the format, what most models would take for a mark, or the tokenizer does", async () => {
        const twenty = example("def f(): pass", { prompt: `Test this: ${"<|im_end|> ".repeat(20)}` });
        for (const format of ["alpaca", "prompt-response"]) {
          expect((await run([twenty], { format })).dropped).toMatchObject([
            { record: twenty.id, code: "control-token", reason: "control token in the text: <|im_end|>" },
          ]);
        }
        const usage = example("usage: f <filename>");
        const reserving = { model: () => ({ ...tokenizer, controlTokens: async () => ["<filename>"] }) };
        for (const format of ["chatml", "harmony", "qwen3", "alpaca", "prompt-response"]) {
          expect((await run([usage], { format })).kept).toHaveLength(1);
          expect((await run([usage], { format, tokenizer: "words" }, { services: reserving })).dropped).toMatchObject([
            { code: "control-token", reason: "control token in the text: <filename>" },
          ]);
        }
      });

      it("harmony is told how long to think, and a date that no clock gives", async () => {
        const { text = "" } = (
          await conversationOf([asked], { format: "harmony", reasoning: "high", date: "2025-06-28" })
        ).columns;
        expect(text).toContain("\nKnowledge cutoff: 2024-06\nCurrent date: 2025-06-28\n\nReasoning: high\n\n");
        expect(chat.options.safeParse({ format: "harmony", date: "today" }).success).toBe(false);
        expect(chat.options.safeParse({ format: "harmony", reasoning: "much" }).success).toBe(false);
        expect(chat.options.safeParse({ format: "chatml", reasoning: "high" }).error?.issues).toMatchObject([
          { path: ["format"], message: expect.stringContaining("harmony alone") as string },
        ]);
      });

      it("model is that of the tokenizer's own chat template, and needs one", async () => {
        const { text } = (await conversationOf([asked], { format: "model", tokenizer: "words" }, { services })).columns;
        expect(text).toBe("user: Test f.\nassistant: def test(): pass\n");
        expect(chat.options.safeParse({ format: "model" }).error?.issues).toMatchObject([
          { path: ["format"], message: expect.stringContaining('"tokenizer"') as string },
        ]);
      });

      it("that does not exist is refused", () => {
        expect(chat.options.safeParse({ format: "llama" }).success).toBe(false);
      });
    });

    describe("a conversation of several turns", () => {
      const turns = [
        { role: "user" as const, content: "Weather in SF?" },
        {
          role: "assistant" as const,
          content: "",
          thinking: "Need the tool.",
          toolCalls: [{ name: "weather", arguments: '{"city":"SF"}' }],
        },
        { role: "tool" as const, name: "weather", content: "sunny" },
        { role: "assistant" as const, content: "Sunny.", thinking: "It said so." },
      ];
      const talk = example("Sunny.", { prompt: "Weather in SF?", messages: turns });
      const plain = example("b", {
        prompt: "1",
        messages: [
          { role: "user", content: "1" },
          { role: "assistant", content: "a" },
          { role: "user", content: "2" },
          { role: "assistant", content: "b", thinking: "t" },
        ],
      });

      it("is written with its thoughts, and its calls of functions, where the format has a form for them", async () => {
        const { messages, columns } = await conversationOf([talk], { format: "harmony", system: "Be brief." });
        expect(messages).toEqual([{ role: "system", content: "Be brief." }, ...turns]);
        expect(columns["text"]).toContain(
          "<|start|>developer<|message|># Instructions\n\nBe brief.<|end|><|start|>user<|message|>Weather in " +
            "SF?<|end|>" +
            "<|start|>assistant<|channel|>analysis<|message|>Need the tool.<|end|>" +
            "<|start|>assistant to=functions.weather<|channel|>commentary " +
            '<|constrain|>json<|message|>{"city":"SF"}<|call|>' +
            "<|start|>functions.weather to=assistant<|channel|>commentary<|message|>sunny<|end|>" +
            "<|start|>assistant<|channel|>analysis<|message|>It said " +
            "so.<|end|><|start|>assistant<|channel|>final<|message|>Sunny.<|return|>",
        );
        expect((await conversationOf([plain], { format: "qwen3" })).columns["text"]).toBe(
          "<|im_start|>user\n1<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n" +
            "<|im_start|>user\n2<|im_end|>\n<|im_start|>assistant\n<think>\nt\n</think>\n\nb<|im_end|>\n",
        );
      });

      it("keeps the system message that it has", async () => {
        const own = example("b", {
          messages: [
            { role: "system", content: "Own." },
            { role: "user", content: "q" },
            { role: "assistant", content: "b" },
          ],
        });
        expect((await conversationOf([own], { system: "Be brief." })).messages[0]).toEqual({
          role: "system",
          content: "Own.",
        });
      });

      it.each([
        ["alpaca", plain, "several-turns"],
        ["prompt-response", plain, "several-turns"],
        ["alpaca", talk, "several-turns"],
        ["chatml", talk, "tool-turns"],
        ["qwen3", talk, "tool-turns"],
        ["harmony", example("b", { messages: turns.slice(0, 3) }), "no-answer"],
      ])("is left out by %s where it has no form for it, with the reason", async (format, record, code) => {
        expect((await run([record], { format })).dropped).toMatchObject([{ record: record.id, code }]);
      });

      it("holds no control token anywhere: in thoughts, arguments or descriptions of functions", async () => {
        const hidden = [{ thinking: "<|end|>" }, { toolCalls: [{ name: "f", arguments: '"<|call|>"' }] }].map((field) =>
          example("b", {
            messages: [
              { role: "user", content: "q" },
              { role: "assistant", content: "b", ...field },
            ],
          }),
        );
        const described = example("b", {
          messages: [
            { role: "system", content: "", tools: [{ name: "f", description: "<|start|>" }] },
            { role: "user", content: "q" },
            { role: "assistant", content: "b" },
          ],
        });
        expect((await run([...hidden, described], { format: "harmony" })).dropped.map(({ code }) => code)).toEqual([
          "control-token",
          "control-token",
          "control-token",
        ]);
      });
    });

    describe("token counts", () => {
      it("are those of the whole conversation, by the model's tokenizer, over many batches", async () => {
        const examples = Array.from({ length: 150 }, (_, i) =>
          example(Array.from({ length: i + 1 }, () => "word").join(" "), { prompt: "one two" }),
        );
        const { kept } = await run(examples, { tokenizer: "words" }, { services, partition: 1000 });
        // "user: one two" is 3 words, "assistant:" one more.
        expect(kept.map((record) => (record as Conversation).tokens)).toEqual(examples.map((_, i) => i + 5));
      });

      it("are those of the text that is exported, whatever the tokenizer's own chat template would write", async () => {
        const examples = [example("a b", { prompt: "one" })];
        const tokens = async (options: object) =>
          (await run(examples, { tokenizer: "words", ...options }, { services })).kept.map((record) => {
            const { tokens: counted, columns } = record as Conversation;
            return [counted, Object.values(columns).join(" ").trim().split(/\s+/u).length];
          });
        for (const options of [
          { format: "chatml" },
          { format: "harmony", reasoning: "low" },
          { format: "qwen3" },
          { format: "alpaca", system: "Be brief." },
        ]) {
          const [[counted, words] = []] = await tokens(options);
          expect(counted).toBe(words);
        }
      });

      it("leave out what is longer than maxTokens, and say by how much", async () => {
        const examples = [example("a b"), example("a b c")];
        const { kept, dropped } = await run(examples, { tokenizer: "words", maxTokens: 7 }, { services });
        expect(kept).toMatchObject([{ from: [examples[0]?.id], tokens: 7 }]);
        expect(dropped).toMatchObject([
          { record: examples[1]?.id, reason: "too long: 8 tokens, at most 7 are wanted" },
        ]);
      });

      it("are needed by maxTokens, and the error is about maxTokens", () => {
        const { error } = chat.options.safeParse({ maxTokens: 100 });
        expect(error?.issues).toMatchObject([
          { path: ["maxTokens"], message: expect.stringContaining('expected a "tokenizer" beside maxTokens') },
        ]);
      });
    });
  },
  {
    inputs: Array.from({ length: 5 }, (_, i) => makeExample(`answer ${"word ".repeat(i)}`)),
    options: { tokenizer: "words", maxTokens: 9 },
    surroundings: { services },
  },
);
