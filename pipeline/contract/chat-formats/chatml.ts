import type { Message } from "../message.js";
import { chat, type ChatText } from "./chat-text.js";
import type { ChatFormat } from "./format.js";

/**
 * ChatML: every turn ends with <|im_end|> and a line feed, the last one too, so that a model learns to stop. Thoughts
 * are not written.
 */
export const chatml: ChatFormat = {
  reserved: /<\|im_(?:start|end|sep)\|>|<\|endoftext\|>/u,
  tools: false,
  turns: (messages) => messages.flatMap(chatmlTurn),
  opening: "<|im_start|>assistant\n",
  answer: ({ content }) => chat`${content}<|im_end|>`,
  after: "\n",
  beforePrefill: "",
};

/** A turn between the marks of ChatML; thoughts and calls of the message are not written. */
export function chatmlTurn({ role, content }: Message): ChatText {
  return chat`<|im_start|>${role}\n${content}<|im_end|>\n`;
}
