import type { AnyEvidenceType } from "../../../../pipeline/contract/evidence.js";
import type { Message } from "../../../../pipeline/contract/message.js";
import type { Conversation } from "../../../../pipeline/contract/records.js";
import type { Context } from "../../../../pipeline/contract/stage.js";
import type { Column, Row, Value } from "./column.js";

/** The columns of a dataset: the same for all of its rows, in the same order, null where a row has nothing to say. */
export interface Table {
  readonly rows: number;
  readonly columns: readonly Column[];
  row(conversation: Conversation): Row;
}

/**
 * Finds the columns that the conversations need: labels and the chat format's columns differ between datasets. Reads
 * them once.
 */
export async function describeTable(
  conversations: AsyncIterable<Conversation>,
  context: Pick<Context, "evidence">,
): Promise<Table> {
  const formatColumns = new Set<string>();
  const labels = new Map<string, Column["type"]>();
  const types = new Map<string, AnyEvidenceType>();
  let [hasTokens, hasTables, hasMore] = [false, false, false];
  let rows = 0;
  for await (const conversation of conversations) {
    rows += 1;
    for (const name of Object.keys(conversation.columns)) formatColumns.add(name);
    for (const [name, value] of Object.entries(conversation.labels))
      labels.set(name, widen(labels.get(name), typeOf(value)));
    const { type } = conversation.evidence;
    if (!types.has(type)) types.set(type, context.evidence(type));
    hasTokens ||= conversation.tokens !== null;
    hasTables ||= conversation.source?.row !== undefined;
    hasMore ||= conversation.messages.some(saysMore);
  }

  const meanings: Readonly<Record<string, string>> = Object.assign(
    { ...labelMeanings },
    ...[...types.values()].map((each) => each.labels ?? {}),
  );
  const origin = hasTables ? [...place, rowOfTable] : place;
  const first = hasMore ? [...leading, whole] : leading;
  const fixed = [...first, ...middle(hasTokens), ...origin];
  // Names of columns differ in more than case, since not every reader tells case apart.
  const taken = new Set(fixed.map(({ name }) => name.toLowerCase()));
  const free = (name: string, prefix: string): string => {
    if (taken.has(name.toLowerCase())) return free(`${prefix}_${name}`, prefix);
    taken.add(name.toLowerCase());
    return name;
  };
  const evidence = evidenceColumns([...types.values()], (name) => free(name, "evidence"));
  const format = [...formatColumns].map((name): Column => ({
    name: free(name, "format"),
    type: "string",
    meaning: "Column of the chat format",
    read: ({ columns }) => columns[name] ?? null,
  }));
  const labelColumns = [...labels]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, type]): Column => ({
      name: free(label, "label"),
      type,
      meaning: meanings[label] ?? "Label of the example",
      read: ({ labels: { [label]: value } }) =>
        value === undefined ? null : type === "string" ? String(value) : value,
    }));
  const columns = [...first, ...format, ...middle(hasTokens), ...labelColumns, ...origin, ...evidence];
  return {
    rows,
    columns,
    row(conversation) {
      const row: Record<string, Value> = {};
      for (const { name, read } of columns) row[name] = read(conversation);
      return row;
    },
  };
}

/** The columns that show, flat, what proves a row. Types that have one of the same name share it. */
function evidenceColumns(types: readonly AnyEvidenceType[], free: (name: string) => string): Column[] {
  const shown = types.flatMap(({ type, columns = {} }) =>
    Object.entries(columns).map(([name, column]) => ({ name, evidence: type, ...column })),
  );
  return [...new Set(shown.map(({ name }) => name))].map((name): Column => {
    const own = shown.filter((column) => column.name === name);
    const type = own.map((column) => column.type).reduce<Column["type"] | undefined>(widen, undefined) ?? "string";
    return {
      name: free(name),
      type,
      meaning: [...new Set(own.map(({ meaning }) => meaning))].join("; "),
      read: ({ evidence }) => {
        const value = own.find((column) => column.evidence === evidence.type)?.read(evidence) ?? null;
        return value !== null && type === "string" ? String(value) : value;
      },
    };
  });
}

const labelMeanings: Readonly<Record<string, string>> = {
  teacher: "Who wrote the response",
  sample: "Which of the model's answers to the same question this is",
  model: "The model's name in the configuration",
  model_sha256: "SHA-256 of the model's file",
  tokens: "Tokens that the model wrote",
};

const leading: readonly Column[] = [
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
const whole: Column = {
  name: "conversation",
  type: "string",
  meaning: "The messages as JSON, with what only some have: thinking, toolCalls, name, tools",
  read: ({ messages }) => JSON.stringify(messages),
};

function saysMore({ role: _role, content: _content, ...more }: Message): boolean {
  return Object.keys(more).length > 0;
}

function middle(hasTokens: boolean): readonly Column[] {
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

const place: readonly Column[] = [
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

const rowOfTable: Column = {
  name: "source_row",
  type: "integer",
  meaning: "Row in that file, from 1, its header not counted",
  read: ({ source }) => source?.row ?? null,
};

function typeOf(value: string | number | boolean): Column["type"] {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  return Number.isSafeInteger(value) ? "integer" : "number";
}

/** The type that holds both; text where nothing else does. */
function widen(known: Column["type"] | undefined, met: Column["type"]): Column["type"] {
  if (known === undefined || known === met) return met;
  const areNumbers = [known, met].every((type) => type === "integer" || type === "number");
  return areNumbers ? "number" : "string";
}
