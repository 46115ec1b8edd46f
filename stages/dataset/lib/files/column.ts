import type { Conversation } from "../../../../pipeline/contract/records.js";

/** A cell of a row. */
export type Value = string | number | boolean | null | Conversation["messages"];
export type Row = Readonly<Record<string, Value>>;

export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "messages";
  /** What a reader of the card learns about it. */
  readonly meaning: string;
  readonly read: (conversation: Conversation) => Value;
}
