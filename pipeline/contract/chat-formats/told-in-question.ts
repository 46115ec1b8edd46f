import type { Message } from "../message.js";

/**
 * The messages for a format that has no system turn: what it says stands before a question, with a blank line between
 * them. Without a question, it is one itself.
 * @param which the question that it stands before
 */
export function toldInQuestion(messages: readonly Message[], which: "first" | "last"): readonly Message[] {
  const isTold = ({ role }: Message) => role === "system" || role === "developer";
  const told = messages.filter(isTold).map(({ content }) => content);
  const turns = messages.filter((message) => !isTold(message));
  if (told.length === 0) return turns;
  const isQuestion = ({ role }: Message) => role === "user";
  const place = which === "first" ? turns.findIndex(isQuestion) : turns.findLastIndex(isQuestion);
  const question = turns[place];
  if (question === undefined) return [{ role: "user", content: told.join("\n\n") }, ...turns];
  return turns.with(place, { ...question, content: [...told, question.content].join("\n\n") });
}
