import type { Message } from "../message.js";
import { chat, type ChatText } from "./chat-text.js";
import type { ChatFormat } from "./format.js";

/**
 * The turns of Meta's Llama 3 family. What the templates of 3.1 and later put before them by themselves, two dates, is
 * not written. Thoughts are not written; white space around a message is not, as in those templates.
 */
export const llama3: ChatFormat = {
  reserved: /<\|(?:begin_of_text|end_of_text|start_header_id|end_header_id|e[om][mt]_id|python_tag)\|>/u,
  tools: false,
  turns: (messages) => [...chat`<|begin_of_text|>`, ...messages.flatMap(turn)],
  opening: "<|start_header_id|>assistant<|end_header_id|>\n\n",
  answer: ({ content }) => chat`${content.trim()}<|eot_id|>`,
  after: "",
  beforePrefill: "",
};

function turn({ role, content }: Message): ChatText {
  const header = role === "developer" ? "system" : role;
  return chat`<|start_header_id|>${header}<|end_header_id|>\n\n${content.trim()}<|eot_id|>`;
}
