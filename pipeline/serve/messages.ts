import type { Tool } from "../contract/message.js";
import type { Message } from "../contract/model.js";
import { fromOpenAi } from "../contract/openai-message.js";
import { ServeError } from "./errors.js";
import type { ChatRequest } from "./schema.js";

/** The conversation of a request, with the functions that it offers. Throws a ServeError 400 where it is unreadable. */
export function messagesOf({ messages }: Pick<ChatRequest, "messages">, tools: readonly Tool[]): Message[] {
  let read: Message[];
  try {
    read = messages.map(fromOpenAi);
  } catch (error) {
    throw new ServeError(400, "invalid_value", `a message cannot be read: ${String(error)}`, "messages");
  }
  const named = withNamesOfResults(read);
  if (tools.length === 0) return named;
  const at = named.findIndex(({ role }) => role === "system" || role === "developer");
  const system: Message = { ...(named[at] ?? { role: "system", content: "" }), tools: [...tools] };
  return at === -1 ? [system, ...named] : named.with(at, system);
}

/** The result of a function says which call it is of, and formats write which function that was. */
function withNamesOfResults(messages: readonly Message[]): Message[] {
  const names = new Map<string, string>();
  return messages.map((message) => {
    for (const { id, name } of message.toolCalls ?? []) if (id !== undefined) names.set(id, name);
    const name = message.name ?? names.get(message.toolCallId ?? "");
    return message.role === "tool" && name !== undefined ? { ...message, name } : message;
  });
}
