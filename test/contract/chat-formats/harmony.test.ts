import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  chatFormats,
  type ChatSettings,
  conversationText,
  joined,
  promptText,
} from "../../../pipeline/contract/chat-formats.js";
import { Message } from "../../../pipeline/contract/message.js";

/*
 * expected.json is what the package openai-harmony 0.0.8 makes of conversations.json; harmony/render.py writes it.
 */
const folder = join(import.meta.dirname, "harmony");
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));
const conversations = z
  .array(
    z.strictObject({ name: z.string(), settings: z.custom<ChatSettings>().default({}), messages: z.array(Message) }),
  )
  .parse(read("conversations.json"));
const expected = z
  .record(z.string(), z.strictObject({ asked: z.string(), trained: z.string() }))
  .parse(read("expected.json"));
const { harmony } = chatFormats;

describe("harmony is written as OpenAI's own package writes it:", () => {
  it.each(conversations)("$name", ({ name, messages, settings }) => {
    expect(joined(promptText(harmony, messages.slice(0, -1), settings))).toBe(expected[name]?.asked);
    expect(joined(conversationText(harmony, messages, settings))).toBe(expected[name]?.trained);
  });
});

it("what was thought for any earlier answer is not shown again", () => {
  const turn = (number: number): Message[] => [
    { role: "user", content: `q${number}` },
    { role: "assistant", content: `a${number}`, thinking: `t${number}` },
  ];
  const text = joined(conversationText(harmony, [...turn(1), ...turn(2), ...turn(3)], {}));
  expect(text.match(/t\d(?=<)/gu)).toEqual(["t3"]);
});
