import { chatml } from "./chat-formats/chatml.js";
import { type ChatText, joined } from "./chat-formats/chat-text.js";
import type { ChatFormat, ChatSettings } from "./chat-formats/format.js";
import { gemma } from "./chat-formats/gemma.js";
import { harmony } from "./chat-formats/harmony.js";
import { llama3 } from "./chat-formats/llama3.js";
import { mistral } from "./chat-formats/mistral.js";
import { qwen3 } from "./chat-formats/qwen3.js";
import type { Message } from "./message.js";

export { chat, type ChatPiece, type ChatText, joined, sliced } from "./chat-formats/chat-text.js";
export { answerMessage } from "./chat-formats/answer-message.js";
export { callClosing, callOpening, withCalls, writesHermesCalls } from "./chat-formats/hermes-calls.js";
export { columnFormats, reservedAnywhere, singleTurn } from "./chat-formats/columns.js";
export { type ChatFormat, type ChatSettings, reasoningLevels } from "./chat-formats/format.js";
export { renderJinja } from "./chat-formats/jinja.js";

/** The formats that ship, by the names that pipeline files use. A model may bring another, as a Jinja template. */
export const chatFormats = { chatml, qwen3, harmony, llama3, mistral, gemma } as const satisfies Record<
  string,
  ChatFormat
>;
/** Name of a chat format that ships: what `chatTemplate: chatml` of a model and `format` of a step can be. */
export type ChatFormatName = keyof typeof chatFormats;

/** A conversation that ends with an answer, in two: what the model is asked with, and what it writes. */
export interface AskedAndAnswered {
  readonly prompt: ChatText;
  readonly answer: ChatText;
}

/** What a model is asked with. */
export function promptText(format: ChatFormat, messages: readonly Message[], settings: ChatSettings): ChatText {
  return [...format.turns(messages, settings), { text: format.opening, from: "format" }];
}

/** A conversation in two; null where it does not end with an answer. */
export function askedAndAnswered(
  format: ChatFormat,
  messages: readonly Message[],
  settings: ChatSettings,
): AskedAndAnswered | null {
  const last = messages.at(-1);
  return last?.role === "assistant"
    ? { prompt: promptText(format, messages.slice(0, -1), settings), answer: format.answer(last) }
    : null;
}

/** A whole conversation, as a trainer reads it: what the model is asked with, and then what it writes. */
export function conversationText(format: ChatFormat, messages: readonly Message[], settings: ChatSettings): ChatText {
  const parts = askedAndAnswered(format, messages, settings);
  return parts === null
    ? format.turns(messages, settings)
    : [
        ...parts.prompt,
        ...parts.answer,
        ...(format.after === "" ? [] : [{ text: format.after, from: "format" as const }]),
      ];
}

/** What tells one state of a format's code from another: how it writes a conversation that has everything. */
export function formatSample(format: ChatFormat): string {
  return joined(conversationText(format, sample, { reasoning: "low", date: "2025-01-01" }));
}

const sample: readonly Message[] = [
  {
    role: "system",
    content: "s",
    tools: [{ name: "f", description: "d", parameters: { type: "object", properties: { a: { type: "string" } } } }],
  },
  { role: "user", content: "u" },
  { role: "assistant", content: "p", thinking: "t", toolCalls: [{ name: "f", arguments: "{}" }] },
  { role: "tool", name: "f", content: "r" },
  { role: "assistant", content: "a", thinking: "t" },
];
