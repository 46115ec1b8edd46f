import { chatFormats, reservedAnywhere } from "../../../pipeline/contract/chat-formats.js";
import { type Message, textsOf } from "../../../pipeline/contract/message.js";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { RowFormatName } from "./formats.js";

/**
 * The reason where a message holds a text that a program which reads the rows would take for a mark: one of the
 * format's own, one of the tokenizer's, or, in a format that does not say which model it is for, one of those that most
 * models have.
 */
export function reservedText(
  messages: readonly Message[],
  { format, control }: { readonly format: RowFormatName; readonly control: readonly string[] },
): Reason | null {
  const reserved = reservedBy(format);
  for (const text of messages.flatMap(textsOf)) {
    const found = reserved?.exec(text)?.[0] ?? control.find((token) => text.includes(token));
    if (found !== undefined) return reason("control-token", `control token in the text: ${found}`);
  }
  return null;
}

function reservedBy(format: RowFormatName): RegExp | null {
  switch (format) {
    case "alpaca":
    case "prompt-response":
    case "messages":
      return reservedAnywhere;
    case "model":
      return null;
    default:
      return chatFormats[format].reserved;
  }
}
