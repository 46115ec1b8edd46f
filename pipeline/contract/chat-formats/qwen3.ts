import { chat } from "./chat-text.js";
import { chatml, chatmlTurn } from "./chatml.js";
import type { ChatFormat } from "./format.js";

/**
 * ChatML in which an answer begins with what the model thinks, between <think> and </think>. What it thought in earlier
 * turns is left out.
 */
export const qwen3: ChatFormat = {
  ...chatml,
  reserved: /<\|\w+\|>|<\/?think>/u,
  turns: (messages) => messages.flatMap(chatmlTurn),
  opening: `${chatml.opening}<think>\n`,
  opensThoughts: true,
  answer: ({ thinking = "", content }) => chat`${thinking}\n</think>\n\n${content}<|im_end|>`,
};
