import type { Message } from "../message.js";

/** How a question and its answer are written in columns, for trainers that make a text of them by themselves. */
export interface ColumnFormat {
  readonly columns: (question: string, answer: string) => Record<string, string>;
}

/**
 * Formats that write a conversation of one turn as columns, and not as a text, by the names that `format` of the stage
 * `chat` gives them.
 */
export const columnFormats = {
  alpaca: { columns: (instruction, output) => ({ instruction, input: "", output }) },
  "prompt-response": { columns: (prompt, response) => ({ prompt, response }) },
} as const satisfies Record<string, ColumnFormat>;

/** What most vocabularies reserve, whichever model the columns are for. */
export const reservedAnywhere = /<\|\w+\|>|<｜[^｜\s]+｜>|<(?:start|end)_of_turn>/u;

/** The question, the answer and the system message of a conversation of one turn; null where it has more. */
export function singleTurn(
  messages: readonly Message[],
): { readonly question: string; readonly answer: string; readonly system: string | null } | null {
  const [system, turns] = messages[0]?.role === "system" ? [messages[0].content, messages.slice(1)] : [null, messages];
  const [user, assistant, ...more] = turns;
  if (user?.role !== "user" || assistant?.role !== "assistant" || more.length > 0) return null;
  return { question: user.content, answer: assistant.content, system };
}
