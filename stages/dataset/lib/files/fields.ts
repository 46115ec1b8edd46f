import { z } from "zod";
import type { Conversation } from "../../../../pipeline/contract/records.js";
import type { Value } from "./column.js";
import { type NamedColumn, namedColumns, unknownColumn } from "./named-columns.js";
import type { Table } from "./table.js";

const name = z.string().min(1);

/** What a line of the JSONL holds, by its keys: columns by their names, or a mapping of such. */
export const Fields = z
  .record(name, z.union([name, z.record(name, name)]))
  .refine((fields) => Object.keys(fields).length > 0, "expected at least one field");
/** What a line of the JSONL holds, by its keys. */
export type Fields = z.infer<typeof Fields>;

/** What a line of a file holds. */
export type Line = Readonly<Record<string, Value | Readonly<Record<string, Value>>>>;

/** How the lines of the JSONL are made. */
export interface LineMaker {
  readonly columns: readonly NamedColumn[];
  readonly line: (conversation: Conversation) => Line;
}

/**
 * Lines as `fields` describes them. Of an inner mapping, what a row has nothing for is left out, since rows of
 * different tasks have different labels. Throws a PipelineError (config) for a column that there is not.
 */
export function lineMaker(table: Table, fields: Fields): LineMaker {
  const known = namedColumns(table);
  const columns: NamedColumn[] = [];
  const find = (column: string, ...place: readonly string[]): NamedColumn["read"] => {
    const found = known.get(column);
    // An empty dataset has no columns of its own.
    if (found === undefined && table.rows === 0) return () => null;
    if (found === undefined) throw unknownColumn(["fields", ...place], column, known.keys());
    columns.push(found);
    return found.read;
  };
  const readers = Object.entries(fields).map(([key, column]) => {
    if (typeof column === "string") return [key, find(column, key)] as const;
    const inner = Object.entries(column).map(([innerKey, each]) => [innerKey, find(each, key, innerKey)] as const);
    return [key, (conversation: Conversation) => filled(inner, conversation)] as const;
  });
  return {
    columns,
    line: (conversation) => Object.fromEntries(readers.map(([key, read]) => [key, read(conversation)])),
  };
}

function filled(
  inner: readonly (readonly [string, NamedColumn["read"]])[],
  conversation: Conversation,
): Record<string, Value> {
  return Object.fromEntries(
    inner.flatMap(([key, read]) => {
      const value = read(conversation);
      return value === null ? [] : [[key, value] as const];
    }),
  );
}
