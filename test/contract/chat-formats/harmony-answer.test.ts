import { describe, expect, it } from "vitest";
import { chat, chatFormats, type ChatText, sliced } from "../../../pipeline/contract/chat-formats.js";

const read = (written: ChatText, begun = false): string => chatFormats.harmony.read?.(written, { begun }) ?? "";

const thought = [
  ...chat`<|channel|>${"analysis"}<|message|>${"Simple. <|end|> is text here."}<|end|>`,
  ...chat`<|start|>${"assistant"}<|channel|>${"final"}<|message|>${"def test():\n    assert f()"}`,
];

describe("an answer in harmony", () => {
  it("is its final channel, with thoughts between the marks that are taken out of any model's answer", () => {
    expect(read(thought)).toBe("<think>\nSimple. <|end|> is text here.\n</think>\n\ndef test():\n    assert f()");
    expect(read(chat`<|channel|>${"final"}<|message|>${"4"}`)).toBe("4");
  });

  it("that ends in its thoughts has thoughts alone", () => {
    expect(read(chat`<|channel|>${"analysis"}<|message|>${"Hm"}`)).toBe("<think>\nHm");
  });

  it("holds what is said before a call, and the arguments of the call, apart", () => {
    const called = [
      ...chat`<|channel|>${"commentary"}<|message|>${"I look."}<|end|><|start|>${"assistant to=functions.f"}`,
      ...chat`<|channel|>${"commentary "}<|constrain|>${"json"}<|message|>${"{}"}`,
    ];
    expect(read(called)).toBe("I look.\n\n{}");
    expect(read(chat`${" to=functions.f"}<|channel|>${"commentary "}<|constrain|>${"json"}<|message|>${"{}"}`)).toBe(
      "{}",
    );
  });

  it("goes on with what it was made to begin with", () => {
    expect(read(chat`${"(1) == 2"}`, true)).toBe("(1) == 2");
  });

  it("of a model that does not know the format is its text", () => {
    expect(read(chat`${"def test(): pass"}`)).toBe("def test(): pass");
  });

  it("never takes back what it showed while it was written", () => {
    const length = thought.reduce((sum, { text }) => sum + text.length, 0);
    // As tokens come: a mark is one, text comes in any pieces.
    const prefixes = Array.from({ length: length + 1 }, (_, end) => sliced(thought, 0, end)).filter((prefix) => {
      const last = prefix.at(-1);
      return last?.from !== "format" || thought.some(({ text, from }) => from === "format" && text === last.text);
    });
    let shown = "";
    for (const prefix of prefixes) {
      const text = read(prefix);
      expect(text.slice(0, shown.length)).toBe(shown);
      shown = text;
    }
  });
});
