import type { Column } from "./column.js";

/** What a row begins with. */
export const leading: readonly Column[] = [
  {
    name: "id",
    type: "string",
    meaning: "Stable identifier: a hash of the content and of where it comes from",
    read: ({ id }) => id,
  },
  {
    name: "messages",
    type: "messages",
    meaning: "The conversation: role and content of each message",
    read: ({ messages }) => messages.map(({ role, content }) => ({ role, content })),
  },
];

/** What a column of roles and contents cannot hold, where a row has it. */
export const whole: Column = {
  name: "conversation",
  type: "string",
  meaning: "The messages as JSON, with what only some have: thinking, toolCalls, name, tools",
  read: ({ messages }) => JSON.stringify(messages),
};

/** What a row is, between the conversation and its labels. */
export function middle(hasTokens: boolean): readonly Column[] {
  const tokens: Column = {
    name: "tokens",
    type: "integer",
    meaning: "Tokens of the conversation by the model's own tokenizer",
    read: (row) => row.tokens,
  };
  return [
    { name: "split", type: "string", meaning: "train, val or test", read: ({ split }) => split },
    { name: "task", type: "string", meaning: "What is asked", read: ({ task }) => task },
    { name: "language", type: "string", meaning: "Programming language", read: ({ language }) => language },
    ...(hasTokens ? [tokens] : []),
  ];
}

/** Where a row comes from. */
export const place: readonly Column[] = [
  {
    name: "source_ref",
    type: "string",
    meaning: "Pinned reference of the source",
    read: ({ source }) => source?.ref ?? null,
  },
  {
    name: "package",
    type: "string",
    meaning: "Name of the package, repository or folder",
    read: ({ source }) => source?.name ?? null,
  },
  { name: "version", type: "string", meaning: "Its release or commit", read: ({ source }) => source?.version ?? null },
  {
    name: "licence",
    type: "string",
    meaning: "SPDX expression of the licence that covers the row",
    read: ({ source }) => source?.licence ?? null,
  },
  { name: "path", type: "string", meaning: "File inside the source", read: ({ source }) => source?.path ?? null },
  {
    name: "first_line",
    type: "integer",
    meaning: "First line in that file, from 1",
    read: ({ source }) => source?.lines?.[0] ?? null,
  },
  {
    name: "last_line",
    type: "integer",
    meaning: "Last line, included",
    read: ({ source }) => source?.lines?.[1] ?? null,
  },
];

/** Where in a table a row comes from. */
export const rowOfTable: Column = {
  name: "source_row",
  type: "integer",
  meaning: "Row in that file, from 1, its header not counted",
  read: ({ source }) => source?.row ?? null,
};
