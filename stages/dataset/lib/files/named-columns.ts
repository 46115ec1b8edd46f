import { closest, distance } from "fastest-levenshtein";
import { singleTurn } from "../../../../pipeline/contract/chat-formats.js";
import { type Reason, reason } from "../../../../pipeline/contract/reasons.js";
import type { Conversation } from "../../../../pipeline/contract/records.js";
import { PipelineError } from "../../../../pipeline/system/errors.js";
import type { Column } from "./column.js";
import { shareGptTurns } from "./sharegpt.js";
import type { Table } from "./table.js";

/** A column as an option names it. */
export type NamedColumn = Pick<Column, "name" | "read"> & { readonly isOfOneTurn: boolean };

/**
 * What options can name: the table's columns, and, whatever the chat format is, `prompt` and `response` (the question
 * and the answer of a conversation of one turn) and `conversations` (all turns, in ShareGPT's form).
 */
export function namedColumns({ columns }: Table): ReadonlyMap<string, NamedColumn> {
  return new Map([
    ["conversations", shareGpt],
    ...oneTurn.map((column) => [column.name, column] as const),
    ...columns.map(({ name, read }) => [name, { name, read, isOfOneTurn: false }] as const),
  ]);
}

/**
 * Says why a file with these columns would shorten a conversation: it has several turns, and no column holds them all;
 * null where it does not.
 */
export function shortenedBy(columns: readonly NamedColumn[], { messages }: Conversation): Reason | null {
  const shortens =
    columns.some(({ isOfOneTurn }) => isOfOneTurn) &&
    columns.every(({ name }) => name !== "messages" && name !== "conversations") &&
    singleTurn(messages) === null;
  if (!shortens) return null;
  const text =
    `several turns: prompt and response hold one question and its answer, and this has ${messages.length} ` +
    "messages";
  return reason("several-turns", text, "name the column messages too");
}

/** The error for a column that there is not, named at this place of an option. */
export function unknownColumn(
  option: readonly [string, ...string[]],
  name: string,
  known: Iterable<string>,
): PipelineError {
  const names = [...known];
  const near = closest(name, names);
  const suggestion = distance(name, near) <= Math.max(2, name.length / 3) ? `Did you mean "${near}"? ` : "";
  return new PipelineError(`${option[0]}: the dataset has no column "${name}"`, {
    code: "config",
    option,
    hint: `${suggestion}Its columns: ${names.join(", ")}`,
  });
}

const shareGpt: NamedColumn = {
  name: "conversations",
  read: ({ messages }) => shareGptTurns(messages),
  isOfOneTurn: false,
};

const oneTurn: readonly NamedColumn[] = [
  {
    name: "prompt",
    read: ({ messages }) => messages.find(({ role }) => role === "user")?.content ?? null,
    isOfOneTurn: true,
  },
  {
    name: "response",
    read: ({ messages }) => messages.findLast(({ role }) => role === "assistant")?.content ?? null,
    isOfOneTurn: true,
  },
];
