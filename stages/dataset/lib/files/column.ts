import type { Conversation } from "../../../../pipeline/contract/records.js";
import type { ShareGptTurn } from "./sharegpt.js";

/** A cell of a row. */
export type Value = string | number | boolean | null | Conversation["messages"] | readonly ShareGptTurn[];
/** A row of a dataset: its cells by the names of the columns, in their order. */
export type Row = Readonly<Record<string, Value>>;

/** A column that all formats of a dataset have, and where a conversation has its cell. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "messages";
  /** What a reader of the card learns about it. */
  readonly meaning: string;
  readonly read: (conversation: Conversation) => Value;
}
