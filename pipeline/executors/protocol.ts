import type { SerializedError } from "../errors.js";
import type { Prompt } from "../prompt.js";
import type { StepSummary } from "../stage.js";
import type { RecordFile, Slice } from "./record-file.js";

/** One partition of one step: everything a worker needs, as plain data. */
export interface PartitionTask {
  readonly step: string;
  readonly module: { readonly url: string; readonly name: string | null };
  readonly options: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** Files of every input by name, in order; the first input is the one that is partitioned and accounted for. */
  readonly inputs: readonly (readonly [name: string, files: readonly RecordFile[]])[];
  readonly slice: Slice;
  /** Records of the first input whose hash(seed, id) is above it are skipped; null: none. */
  readonly threshold: string | null;
  readonly partition: number;
  /** Folder of the step: results go here. */
  readonly folder: string;
  readonly outputDir: string;
  /** Records that context.map keeps in flight. */
  readonly inFlight: number;
  readonly files: Readonly<Record<string, string>>;
  readonly prompts: Readonly<Record<string, Prompt>>;
  readonly yaml: Readonly<Record<string, unknown>>;
  /** Absolute folders in which the steps before have left their files. */
  readonly artifactFolders: readonly string[];
  readonly history: readonly StepSummary[];
  readonly pipeline: { readonly name: string; readonly seed: number; readonly text: string };
  /** Part of every key that the stage remembers under. */
  readonly memoScope: string;
}

/** What a finished partition says of itself; written last, so that its presence proves the partition. */
export interface PartitionReceipt {
  readonly partition: number;
  readonly counts: Counts;
  readonly output: RecordFile;
  readonly left: RecordFile;
  readonly reasons: Readonly<Record<string, number>>;
}

export interface Counts {
  readonly in: number;
  /** Inputs that were passed on, or stand in some output's `from`. */
  readonly used: number;
  readonly out: number;
  readonly dropped: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rejectedParts: number;
  readonly refused: number;
}

/** A line of a partition's `left` file: something that did not pass on. */
export interface LeftRecord {
  readonly type: "dropped" | "failed" | "rejected" | "refused";
  /** Id of the input; null for what never became a record. */
  readonly record: string | null;
  readonly source: string | null;
  readonly path: string | null;
  readonly reason: string;
  readonly part?: unknown;
}

/** What the main thread does for a running partition. Failures come back as data: error classes do not cross threads. */
export interface HostFunctions {
  /** With a stream, the method is given a function as its last argument, whose values come back as JSON texts. */
  call(service: "sandbox" | "sources" | "finetuning", method: string, args: readonly unknown[], stream: number | null): Promise<Outcome>;
  model(ref: string, method: string, args: readonly unknown[], stream: number | null): Promise<Outcome>;
  /** The value is null, or { value } where the key is remembered. */
  recall(key: unknown): Promise<Outcome>;
  keep(key: unknown, value: unknown): Promise<Outcome>;
  progress(done: number, total: number, unit: string | undefined, out: number, dropped: number): void;
}

export interface WorkerFunctions {
  token(stream: number, text: string): void;
  abort(): void;
}

export type Outcome = { readonly value: unknown } | { readonly error: SerializedError };
