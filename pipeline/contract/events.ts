import type { SerializedError } from "../system/errors.js";
import type { Reason } from "./reasons.js";
import type { Artifact } from "./records.js";
import type { StepSummary } from "./step-summary.js";

/** Everything that a run tells. Reporters render it and know nothing else. */
export type PipelineEvent =
  | RunStarted
  | RunPausing
  | RunPaused
  | RunResumed
  | Reloaded
  | StepStarted
  | StepProgress
  | ItemStarted
  | ItemFinished
  | Retry
  | StepFinished
  | Transfer
  | ModelActivity
  | TrainingActivity
  | ModelText
  | Notice
  | RunFinished;

/** A run begins. Comes first, with all steps that it goes through, in order. */
export interface RunStarted {
  readonly type: "run-started";
  readonly run: string;
  readonly pipeline: string;
  readonly seed: number;
  readonly steps: readonly {
    readonly step: string;
    readonly stage: string;
    readonly summary: string;
    readonly cached: boolean;
    readonly from: readonly string[];
    /** Names of the models that it asks. */
    readonly models: readonly string[];
    readonly reads: readonly string[];
    readonly writes: string;
  }[];
}

/** The run was told to pause: nothing begins, and what has begun ends. */
export interface RunPausing {
  readonly type: "run-pausing";
}

/** Nothing is at work any more; models stay loaded. */
export interface RunPaused {
  readonly type: "run-paused";
}

/** A run that was paused goes on. */
export interface RunResumed {
  readonly type: "run-resumed";
}

/** A file was read anew; the steps that it changes run with it, those before that have run again. */
export interface Reloaded {
  readonly type: "reloaded";
  /** As it was named. */
  readonly file: string;
  readonly steps: readonly string[];
}

/**
 * A step that is not finished has its turn. One that is finished is only told as finished. One that began with what
 * others passed on to it while they were under way starts once more where they end otherwise than they began.
 */
export interface StepStarted {
  readonly type: "step-started";
  readonly step: string;
}

/**
 * How far a step is, told as it gets on: what has been done of `total`, in records or in the unit of its stage. Several
 * steps may be under way at once.
 */
export interface StepProgress {
  readonly type: "step-progress";
  readonly step: string;
  readonly done: number;
  readonly total: number;
  readonly unit?: string;
  /** The steps that it reads are under way, too: `total` is what they have passed on so far. */
  readonly growing?: true;
  /** Records passed on, and left out, so far. */
  readonly out: number;
  readonly dropped: number;
}

/** A step has begun with an item: a record that it takes in. Only in a run that tells of items. */
export interface ItemStarted {
  readonly type: "item-started";
  readonly step: string;
  /** Id of the record. */
  readonly item: string;
  /** What it is, as a user knows it: shop/prices.py: total */
  readonly about: string;
}

/**
 * What an item came to. Only in a run that tells of items, but for those that the user leaves out. An item that failed
 * and is tried again starts once more.
 */
export interface ItemFinished {
  readonly type: "item-finished";
  readonly step: string;
  readonly item: string;
  readonly about: string;
  /** `skipped`: left out by the user, or left to a later run by a budget. */
  readonly outcome: "passed" | "dropped" | "failed" | "skipped";
  /** Why, where it was not passed on. */
  readonly reason?: Reason;
  readonly seconds: number;
}

/** Inputs of a partition failed because something around them broke, and are tried again after a wait. */
export interface Retry {
  readonly type: "retry";
  readonly step: string;
  /** How many. */
  readonly items: number;
  /** Which try comes, of how many. */
  readonly attempt: number;
  readonly of: number;
  /** How long is waited before it. */
  readonly seconds: number;
  /** Why most of them failed. */
  readonly reason: Reason;
}

/**
 * What became of all that a step took in. Every input is used (passed on, or in what was made), dropped, failed or
 * skipped; `out` are the records that were made.
 */
export interface StepFinished {
  readonly type: "step-finished";
  readonly step: string;
  readonly cached: boolean;
  readonly in: number;
  readonly out: number;
  readonly dropped: number;
  readonly failed: number;
  readonly skipped: number;
  /** Rejected parts (samples, single tests), which are not records of their own. */
  readonly rejectedParts: number;
  /** What never became a record: whole sources, files. */
  readonly refused: number;
  /** Why things were left out, most frequent first. */
  readonly reasons: StepSummary["reasons"];
  /** What the step says of its result as a whole; each is told as a notice, too. */
  readonly notices: StepSummary["notices"];
  readonly seconds: number;
}

/** A download, or the installing of something. */
export interface Transfer {
  readonly type: "transfer";
  readonly what: string;
  /** Bytes so far; equal to `total` when finished. */
  readonly done: number;
  readonly total: number | null;
}

/** What a model is doing, at most once a second. */
export interface ModelActivity {
  readonly type: "model";
  readonly model: string;
  readonly processes: number;
  readonly tokensPerSecond: number;
  readonly generated: number;
  readonly memoryBytes: number;
}

/** A piece of what a model writes, as it comes; only in a run that streams. */
export interface ModelText {
  readonly type: "model-text";
  readonly step: string;
  /** Number of the answer in its step: several are written at once. */
  readonly answer: number;
  /** What the answer is about, as a user knows it: shop/prices.py: total */
  readonly about: string;
  readonly text: string;
  /** Whether this was the last piece. */
  readonly done: boolean;
}

/** How a training goes on, as its trainer tells it; null where it does not say. */
export interface TrainingActivity {
  readonly type: "training";
  readonly step: number;
  readonly steps: number;
  /** Mean loss of a trained token, in nats. */
  readonly loss: number | null;
  readonly learningRate: number | null;
  readonly tokensPerSecond: number | null;
  /** Seconds that are left. */
  readonly eta: number | null;
}

/** Something that the user should know and that stops nothing. A line on the screen. */
export interface Notice {
  readonly type: "notice";
  readonly level: "info" | "warning";
  readonly message: string;
}

/** A run is over. Comes last, whichever way it ended; `seconds` are of the wall clock. */
export interface RunFinished {
  readonly type: "run-finished";
  readonly status: "done" | "failed" | "interrupted";
  readonly seconds: number;
  /** Folder of the outputs, relative to the working folder where it lies below it. */
  readonly outputs: string | null;
  /** What the steps left in it. */
  readonly artifacts: readonly Pick<Artifact, "type" | "path" | "facts">[];
  /** True where every step was finished before. */
  readonly nothingToDo: boolean;
  readonly error?: SerializedError;
}

/** Takes what a run tells. It must not throw, and is not waited for. */
export type Emit = (event: PipelineEvent) => void;
