import type { Message } from "../message.js";

const [opening, closing] = ["<think>", "</think>"];

/**
 * An answer as a message: what was thought before it, apart from it. `insideThoughts`: the prompt opened the thoughts
 * already, so that the text begins with them. Tags later in the text are text.
 */
export function answerMessage(
  text: string,
  { insideThoughts = false }: { readonly insideThoughts?: boolean } = {},
): Message {
  const written = text.trimStart();
  const begins = written.startsWith(opening);
  if (!begins && !insideThoughts) return { role: "assistant", content: text };
  const thoughts = begins ? written.slice(opening.length) : text;
  const end = thoughts.indexOf(closing);
  const thinking = (end === -1 ? thoughts : thoughts.slice(0, end)).replaceAll(/^\n+|\n+$/gu, "");
  const content = end === -1 ? "" : thoughts.slice(end + closing.length).replace(/^\n+/u, "");
  return { role: "assistant", content, ...(thinking !== "" && { thinking }) };
}
