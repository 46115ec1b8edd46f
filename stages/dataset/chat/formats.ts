import {
  chat,
  type ChatFormatName,
  chatFormats,
  type ChatSettings,
  type ChatText,
  columnFormats,
  conversationText,
  singleTurn,
} from "../../../pipeline/contract/chat-formats.js";
import { PipelineError } from "../../../pipeline/system/errors.js";
import type { Message } from "../../../pipeline/contract/message.js";
import type { Model } from "../../../pipeline/contract/model.js";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";

/**
 * The formats that a row can be written in: chat formats as one text, or named columns without roles. Names stay:
 * pipeline files hold them.
 */
export const rowFormatNames = [
  "chatml",
  "harmony",
  "qwen3",
  "llama3",
  "mistral",
  "gemma",
  "model",
  "alpaca",
  "prompt-response",
  "messages",
] as const;
/** One of the formats that a row can be written in. */
export type RowFormatName = (typeof rowFormatNames)[number];

/** What a row's columns hold beside `messages`, by their names. */
export type RowText = Readonly<Record<string, ChatText>>;

/** A conversation as a format writes it; or why it cannot write such a one. */
export type WrittenRow = { readonly columns: RowText } | { readonly unfit: Reason };
type RowWriter = (messages: readonly Message[]) => WrittenRow | Promise<WrittenRow>;

/** What writes rows in a format; `model` is there where the format is called so. */
export function rowWriter(
  format: RowFormatName,
  { settings, model }: { readonly settings: ChatSettings; readonly model: Model<"template"> | undefined },
): RowWriter {
  switch (format) {
    case "alpaca":
    case "prompt-response":
      return (messages) => writeColumns(messages, format);
    case "messages":
      return (messages) => withAnswer(messages) ?? { columns: {} };
    case "model":
      return async (messages) => withAnswer(messages) ?? (await writeAsModel(messages, model));
    default:
      return (messages) => withAnswer(messages) ?? writeText(messages, format, settings);
  }
}

function withAnswer(messages: readonly Message[]): WrittenRow | null {
  return messages.at(-1)?.role === "assistant"
    ? null
    : { unfit: reason("no-answer", "no answer: the conversation does not end with one") };
}

function writeText(messages: readonly Message[], name: ChatFormatName, settings: ChatSettings): WrittenRow {
  const format = chatFormats[name];
  if (!format.tools && messages.some(isOfTools))
    return { unfit: reason("tool-turns", `tool turns: ${name} has no form for them`, "choose the format harmony") };
  return { columns: { text: conversationText(format, messages, settings) } };
}

/** In the format that a model is asked in. Its template may refuse a conversation. */
async function writeAsModel(messages: readonly Message[], model: Model<"template"> | undefined): Promise<WrittenRow> {
  if (model === undefined) throw new PipelineError("the format `model` needs a tokenizer", { code: "internal" });
  try {
    return { columns: { text: await model.renderChat(messages) } };
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== "model") throw error;
    return { unfit: reason("chat-template", error.message) };
  }
}

/** Formats without roles carry a system message in a column of that name, where there is one. */
function writeColumns(messages: readonly Message[], name: keyof typeof columnFormats): WrittenRow {
  const turn = messages.some(isOfTools) ? null : singleTurn(messages);
  if (turn === null) {
    const text =
      `several turns: ${name} holds one question and its answer, and this conversation has ` +
      `${messages.length} messages`;
    return { unfit: reason("several-turns", text, "choose a format that has turns, such as chatml or harmony") };
  }
  const columns = {
    ...columnFormats[name].columns(turn.question, turn.answer),
    ...(turn.system !== null && { system: turn.system }),
  };
  return { columns: Object.fromEntries(Object.entries(columns).map(([column, text]) => [column, chat`${text}`])) };
}

function isOfTools({ role, toolCalls, tools }: Message): boolean {
  return role === "tool" || toolCalls !== undefined || tools !== undefined;
}
