import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Example } from "../../../pipeline/contract/records.js";
import { parseJson } from "../../../pipeline/system/files/parse-json.js";
import { messagesOf } from "./forms.js";

/** What a row says. */
type Content = Pick<Example, "prompt" | "response" | "messages" | "labels">;

/** A line of a dataset as an example, or why it is none. */
export function exampleOf(
  line: string,
  { row, labels: wanted }: { readonly row: number; readonly labels: readonly string[] },
): { readonly content: Content } | { readonly reason: Reason } {
  const value = parseJson(row === 1 ? line.replace(/^\uFEFF/u, "") : line);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { reason: reason("not-an-object", "it is no JSON object") };
  const cells = value as Readonly<Record<string, unknown>>;
  const messages = messagesOf(cells);
  if ("reason" in messages) return messages;
  const question = messages.find(({ role }) => role === "user");
  const answer = messages.at(-1);
  if (question === undefined) return { reason: reason("no-question", "no message of it is a user's") };
  if (answer?.role !== "assistant")
    return { reason: reason("no-answer", "the conversation does not end with an answer") };
  const isPlain = messages.length === 2 && messages.every((message) => Object.keys(message).length === 2);
  return {
    content: {
      prompt: question.content,
      response: answer.content,
      ...(!isPlain && { messages: [...messages] }),
      labels: Object.fromEntries(
        wanted.flatMap((name) => {
          const cell = cells[name];
          if (cell === undefined || cell === null) return [];
          return [[name, typeof cell === "object" ? JSON.stringify(cell) : (cell as string | number | boolean)]];
        }),
      ),
    },
  };
}
