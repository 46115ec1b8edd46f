import type { Message } from "../message.js";
import { chat, type ChatText } from "./chat-text.js";
import { toldInQuestion } from "./told-in-question.js";
import type { ChatFormat } from "./format.js";

/**
 * Mistral's instruction format as Nemo and the models after it read it (their V3, Tekken: no space after a mark). There
 * is no system turn: what one says stands at the beginning of the last question. Thoughts are not written.
 */
export const mistral: ChatFormat = {
  reserved: /<\/?s>|\[\/?(?:INST|AVAILABLE_TOOLS|TOOL_RESULTS|SYSTEM_PROMPT)\]|\[TOOL_CALLS\]/u,
  tools: false,
  turns: (messages) => [...chat`<s>`, ...toldInQuestion(messages, "last").flatMap(turn)],
  opening: "",
  answer: ({ content }) => chat`${content}</s>`,
  after: "",
  beforePrefill: "",
};

function turn({ role, content }: Message): ChatText {
  return role === "assistant" ? chat`${content}</s>` : chat`[INST]${content}[/INST]`;
}
