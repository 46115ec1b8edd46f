import type { PipelineError } from "../../../pipeline/system/errors.js";

/** A row of a table: its cells by the headers of their columns. */
export interface TableRow {
  /** From 1, the header not counted. */
  readonly row: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** A table that is being read, and the errors for what is wrong in it. */
export interface TableText {
  readonly text: string;
  /** An error at a line of the user's file. */
  readonly mistake: (message: string, line: number, hint?: string) => PipelineError;
}
