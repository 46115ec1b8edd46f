import type { AnyEvidenceType } from "../../../../pipeline/contract/evidence.js";
import type { Message } from "../../../../pipeline/contract/message.js";
import type { Conversation } from "../../../../pipeline/contract/records.js";
import type { Context } from "../../../../pipeline/contract/stage.js";
import type { Column, Row, Value } from "./column.js";
import { leading, middle, place, rowOfTable, whole } from "./fixed-columns.js";

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
  const found = await survey(conversations, context);
  const columns = columnsOf(found);
  return {
    rows: found.rows,
    columns,
    row(conversation) {
      const row: Record<string, Value> = {};
      for (const { name, read } of columns) row[name] = read(conversation);
      return row;
    },
  };
}

/** What differs between datasets, in the order in which it was met. */
interface Survey {
  readonly rows: number;
  /** Names of the chat format's columns. */
  readonly formatColumns: ReadonlySet<string>;
  readonly labels: ReadonlyMap<string, Column["type"]>;
  /** Types of evidence, by their names. */
  readonly types: ReadonlyMap<string, AnyEvidenceType>;
  readonly hasTokens: boolean;
  /** Whether rows come from rows of tables. */
  readonly hasTables: boolean;
  /** Whether messages hold more than a role and a content. */
  readonly hasMore: boolean;
}

async function survey(conversations: AsyncIterable<Conversation>, context: Pick<Context, "evidence">): Promise<Survey> {
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
  return { rows, formatColumns, labels, types, hasTokens, hasTables, hasMore };
}

function columnsOf({ formatColumns, labels, types, hasTokens, hasTables, hasMore }: Survey): Column[] {
  const origin = hasTables ? [...place, rowOfTable] : place;
  const first = hasMore ? [...leading, whole] : leading;
  const free = freeNames([...first, ...middle(hasTokens), ...origin].map(({ name }) => name));
  // Where two columns would have one name, evidence keeps it, then the format, then labels.
  const evidence = evidenceColumns([...types.values()], (name) => free(name, "evidence"));
  const format = [...formatColumns].map((name): Column => ({
    name: free(name, "format"),
    type: "string",
    meaning: "Column of the chat format",
    read: ({ columns }) => columns[name] ?? null,
  }));
  return [
    ...first,
    ...format,
    ...middle(hasTokens),
    ...labelColumns(labels, [...types.values()], (name) => free(name, "label")),
    ...origin,
    ...evidence,
  ];
}

/** Gives a column its name, with a prefix where that is taken: by any case, since not every reader tells case apart. */
function freeNames(names: readonly string[]): (name: string, prefix: string) => string {
  const taken = new Set(names.map((name) => name.toLowerCase()));
  return function free(name, prefix): string {
    if (taken.has(name.toLowerCase())) return free(`${prefix}_${name}`, prefix);
    taken.add(name.toLowerCase());
    return name;
  };
}

function labelColumns(
  labels: Survey["labels"],
  types: readonly AnyEvidenceType[],
  free: (name: string) => string,
): Column[] {
  const meanings: Readonly<Record<string, string>> = Object.assign(
    { ...labelMeanings },
    ...types.map((each) => each.labels ?? {}),
  );
  return [...labels]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, type]): Column => ({
      name: free(label),
      type,
      meaning: meanings[label] ?? "Label of the example",
      read: ({ labels: { [label]: value } }) =>
        value === undefined ? null : type === "string" ? String(value) : value,
    }));
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

function saysMore({ role: _role, content: _content, ...more }: Message): boolean {
  return Object.keys(more).length > 0;
}

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
