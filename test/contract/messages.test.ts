import { describe, expect, it } from "vitest";
import { answerMessage, chat, chatFormats, type ChatText } from "../../pipeline/contract/chat-formats.js";
import { Message } from "../../pipeline/contract/message.js";
import { fromOpenAi, toOpenAi } from "../../pipeline/contract/openai-message.js";

describe("a message through OpenAI's interface", () => {
  it.each<Message>([
    { role: "system", content: "Write tests." },
    { role: "user", content: "Hi" },
    { role: "assistant", content: "4", thinking: "2 + 2" },
    { role: "assistant", content: "", toolCalls: [{ id: "call_1", name: "add", arguments: '{"a":1}' }] },
    { role: "assistant", content: "I look.", thinking: "Hm", toolCalls: [{ name: "add", arguments: "{}" }] },
    { role: "tool", content: "3", toolCallId: "call_1", name: "add" },
  ])("comes back as it went: $role, $content", (message) => {
    expect(fromOpenAi(toOpenAi(message))).toEqual(message);
    expect(Message.parse(message)).toEqual(message);
  });

  it("is put together where its text comes in parts, and has empty content where it has none", () => {
    const parts = [
      { type: "text" as const, text: "a" },
      { type: "text" as const, text: "b" },
    ];
    expect(fromOpenAi({ role: "user", content: parts })).toEqual({ role: "user", content: "ab" });
    expect(fromOpenAi({ role: "assistant", content: null, tool_calls: null })).toEqual({
      role: "assistant",
      content: "",
    });
  });

  it("is refused where it holds what is no text, or a function whose name no format can write", () => {
    expect(() => fromOpenAi({ role: "user", content: [{ type: "image_url" } as never] })).toThrow(/text/u);
    const tool_calls = [{ type: "function" as const, function: { name: "a b<|end|>", arguments: "{}" } }];
    expect(() => fromOpenAi({ role: "assistant", content: "", tool_calls })).toThrow(/letters/u);
  });
});

describe("an answer as a message", () => {
  it("has its thoughts apart from what it says, where it begins with them", () => {
    expect(answerMessage("<think>\nHm.\n</think>\n\ndef test(): pass")).toEqual({
      role: "assistant",
      thinking: "Hm.",
      content: "def test(): pass",
    });
    expect(answerMessage("Hm.\n</think>\n\nx", { insideThoughts: true })).toMatchObject({
      thinking: "Hm.",
      content: "x",
    });
  });

  it("that ends in its thoughts says nothing", () => {
    expect(answerMessage("<think>\nHm")).toEqual({ role: "assistant", thinking: "Hm", content: "" });
  });

  it("is its text, tags and all, where these stand in it later", () => {
    const text = 'def test():\n    assert f("<think>x</think>")';
    expect(answerMessage(text)).toEqual({ role: "assistant", content: text });
  });
});

describe("an answer in harmony, as a message", () => {
  const read = (written: ChatText, begun = false) => chatFormats.harmony.message?.(written, { begun });
  /** As a model's tokens come: its marks are the format's, and the words between them are text. */
  const asTokens = (written: ChatText): ChatText =>
    written.flatMap(({ text, from }) =>
      from === "message"
        ? [{ text, from }]
        : text
            .split(/(<\|\w+\|>)/u)
            .filter(Boolean)
            .map((part) => ({ text: part, from: part.startsWith("<|") ? ("format" as const) : ("message" as const) })),
    );

  it.each<Message>([
    { role: "assistant", content: "4", thinking: "2 + 2" },
    { role: "assistant", content: "4" },
    { role: "assistant", content: "I look.", thinking: "Hm", toolCalls: [{ name: "f", arguments: '{"a":1}' }] },
    {
      role: "assistant",
      content: "",
      toolCalls: [
        { name: "f", arguments: "{}" },
        { name: "g", arguments: "[]" },
      ],
    },
  ])("is read as it is written: $content", (message) => {
    expect(read(asTokens(chatFormats.harmony.answer(message)))).toEqual(message);
  });

  it("says that it is a comment where no answer follows", () => {
    expect(read(chat`<|channel|>${"commentary"}<|message|>${"I look."}<|end|>`)).toEqual({
      role: "assistant",
      content: "I look.",
      channel: "commentary",
    });
  });

  it("goes on with what it was made to begin with", () => {
    expect(read(chat`${"(1) == 2"}`, true)).toEqual({ role: "assistant", content: "(1) == 2" });
  });
});
