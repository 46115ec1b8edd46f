import { maskSecrets } from "./secrets.js";

/** A place in a file of the user's, in 1-based lines and columns. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Characters to underline; at least 1. */
  readonly length: number;
}

/** What went wrong, as a word that scripts can match. */
export type ErrorCode =
  | "usage"
  | "config"
  | "reference"
  | "source"
  | "licence"
  | "archive"
  | "download"
  | "hash-mismatch"
  | "model"
  | "prompt-too-long"
  | "unanswered"
  | "python"
  | "sandbox"
  | "training"
  | "disk"
  | "locked"
  | "stage"
  | "all-failed"
  | "executor"
  | "early"
  | "budget"
  | "interrupted"
  | "internal";

interface PipelineErrorDetails {
  readonly code: ErrorCode;
  /** What the user can do about it: one or more lines, imperative. */
  readonly hint?: string;
  readonly locations?: readonly Location[];
  /** Of a stage: the path of the option that is wrong. It is shown where the user wrote it. */
  readonly option?: readonly (string | number)[];
  /** More mistakes, found in one go with this one. */
  readonly others?: readonly PipelineError[];
  readonly cause?: unknown;
}

/**
 * An error that a user can act on. `message` names what was expected, what came and where;
 * `hint` says what to do. Shown without a stack trace unless `--debug` is given. No secret gets into either.
 */
export class PipelineError extends Error {
  override readonly name = "PipelineError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly locations: readonly Location[];
  readonly option: readonly (string | number)[] | undefined;
  readonly others: readonly PipelineError[];

  constructor(message: string, { code, hint, locations = [], option, others = [], cause }: PipelineErrorDetails) {
    super(maskSecrets(message), cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint === undefined ? undefined : maskSecrets(hint);
    this.locations = locations;
    this.option = option;
    this.others = others;
  }

  /**
   * 2 for a mistake in usage or configuration, 75 (of sysexits.h: try again later) for a budget that is used up, 130
   * for an interruption, else 1.
   */
  get exitCode(): 1 | 2 | 75 | 130 {
    if (this.code === "interrupted") return 130;
    if (this.code === "budget") return 75;
    return this.code === "usage" || this.code === "config" || this.code === "reference" ? 2 : 1;
  }
}

/**
 * The first of several mistakes in the order of their file, with the others beside it; undefined where there is none.
 */
export function joinErrors(errors: readonly PipelineError[]): PipelineError | undefined {
  const [first, ...others] = errors
    .flatMap((error) => [error, ...error.others])
    .toSorted((one, other) => orderOf(one) - orderOf(other));
  if (first === undefined) return undefined;
  const { message, code, hint, locations, cause } = first;
  return new PipelineError(message, { code, locations, others, cause, ...(hint !== undefined && { hint }) });
}

function orderOf({ locations: [location] }: PipelineError): number {
  return location === undefined ? 0 : location.line * 10_000 + location.column;
}

/** A PipelineError in a form that crosses threads and processes. */
export interface SerializedError {
  readonly message: string;
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly locations: readonly Location[];
  readonly option?: readonly (string | number)[];
  readonly others?: readonly SerializedError[];
  readonly stack?: string;
}

/** The error itself where it is a PipelineError, or one that says what to do about a failure of the system below. */
export function explainError(error: unknown): unknown {
  if (error instanceof PipelineError || !(error instanceof Error)) return error;
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "SQLITE_FULL" || code === "EDQUOT") {
    return new PipelineError(`no space is left on the disk${path === undefined ? "" : ` for ${path}`}`, {
      code: "disk",
      hint: "free some space and run the same command again: what is finished is kept",
      cause: error,
    });
  }
  if (isDamage(error)) return damagedState(".pipeline/state.db", error);
  if (code === "EACCES" || code === "EROFS" || code === "EPERM") {
    return new PipelineError(`not allowed to write: ${message}`, {
      code: "disk",
      hint: "check the rights of the folder and its owner",
      cause: error,
    });
  }
  return error;
}

/** Whether SQLite says that a file is no database, or a broken one. */
export function isDamage(error: unknown): boolean {
  const { code = "" } = error as NodeJS.ErrnoException;
  return code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT");
}

/** The error for a database of ours that cannot be read. */
export function damagedState(path: string, cause: unknown): PipelineError {
  return new PipelineError(`${path} is damaged: ${cause instanceof Error ? cause.message : String(cause)}`, {
    code: "disk",
    hint:
      "remove it, with its -wal and -shm: finished steps are kept in files; the list of runs and remembered " +
      "answers are lost",
    cause,
  });
}

/**
 * An error as plain data, as it travels between threads and machines and as events carry it. What is no PipelineError
 * is `internal`.
 */
export function serializeError(failure: unknown): SerializedError {
  const error = explainError(failure);
  if (error instanceof PipelineError) {
    const { message, code, hint, locations, option, others, stack } = error;
    return {
      message,
      code,
      locations,
      ...(hint !== undefined && { hint }),
      ...(option !== undefined && { option }),
      ...(others.length > 0 && { others: others.map(serializeError) }),
      ...(stack !== undefined && { stack }),
    };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    message: maskSecrets(message),
    code: "internal",
    locations: [],
    ...(stack !== undefined && { stack: maskSecrets(stack) }),
  };
}

/** The error that was made plain data, with its stack as it was. */
export function deserializeError({
  message,
  code,
  hint,
  locations,
  option,
  others = [],
  stack,
}: SerializedError): PipelineError {
  const error = new PipelineError(message, {
    code,
    locations,
    others: others.map(deserializeError),
    ...(hint !== undefined && { hint }),
    ...(option !== undefined && { option }),
  });
  if (stack !== undefined) error.stack = stack;
  return error;
}
