import type { Message } from "../message.js";
import { chat, type ChatText } from "./chat-text.js";
import { toldInQuestion } from "./told-in-question.js";
import type { ChatFormat } from "./format.js";

/**
 * Google's Gemma 2 and 3: an assistant is called model, and there is no system turn: what one says stands at the
 * beginning of the first question. Thoughts are not written; white space around a message is not, as in its templates.
 */
export const gemma: ChatFormat = {
  reserved: /<(?:start|end)_of_turn>|<(?:bos|eos|pad)>/u,
  tools: false,
  turns: (messages) => [...chat`<bos>`, ...toldInQuestion(messages, "first").flatMap(turn)],
  opening: "<start_of_turn>model\n",
  answer: ({ content }) => chat`${content.trim()}<end_of_turn>`,
  after: "\n",
  beforePrefill: "",
};

function turn({ role, content }: Message): ChatText {
  const name = role === "assistant" ? "model" : role;
  return chat`<start_of_turn>${name}\n${content.trim()}<end_of_turn>\n`;
}
