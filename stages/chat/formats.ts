import { chat, type ChatFormatName, chatFormats, type ChatSettings, type ChatText, columnFormats, conversationText, singleTurn } from "../../pipeline/chat-formats.js";
import type { Message } from "../../pipeline/message.js";
import { type Reason, reason } from "../../pipeline/reasons.js";

/** What a row's columns hold, by their names. */
export type RowText = Readonly<Record<string, ChatText>>;

interface RowFormat {
  /** What the format adds to a row, beside `messages`; or why it cannot write such a conversation. */
  readonly row: (messages: readonly Message[], settings: ChatSettings) => { readonly columns: RowText } | { readonly unfit: Reason };
}

export const rowFormatNames = ["chatml", "harmony", "qwen3", "alpaca", "prompt-response"] as const;
export type RowFormatName = (typeof rowFormatNames)[number];

export const rowFormats: Readonly<Record<RowFormatName, RowFormat>> = {
  chatml: asText("chatml"),
  harmony: asText("harmony"),
  qwen3: asText("qwen3"),
  alpaca: asColumns("alpaca"),
  "prompt-response": asColumns("prompt-response"),
};

function asText(name: ChatFormatName): RowFormat {
  const format = chatFormats[name];
  return {
    row(messages, settings) {
      if (messages.at(-1)?.role !== "assistant") return { unfit: reason("no-answer", "no answer: the conversation does not end with one") };
      if (!format.tools && messages.some(isOfTools)) return { unfit: reason("tool-turns", `tool turns: ${name} has no form for them`, "choose the format harmony") };
      return { columns: { text: conversationText(format, messages, settings) } };
    },
  };
}

/** Formats without roles carry a system message in a column of that name, where there is one. */
function asColumns(name: keyof typeof columnFormats): RowFormat {
  return {
    row(messages) {
      const turn = messages.some(isOfTools) ? null : singleTurn(messages);
      if (turn === null) {
        const text = `several turns: ${name} holds one question and its answer, and this conversation has ${messages.length} messages`;
        return { unfit: reason("several-turns", text, "choose a format that has turns: chatml, harmony or qwen3") };
      }
      const columns = { ...columnFormats[name].columns(turn.question, turn.answer), ...(turn.system !== null && { system: turn.system }) };
      return { columns: Object.fromEntries(Object.entries(columns).map(([column, text]) => [column, chat`${text}`])) };
    },
  };
}

function isOfTools({ role, toolCalls, tools }: Message): boolean {
  return role === "tool" || toolCalls !== undefined || tools !== undefined;
}
