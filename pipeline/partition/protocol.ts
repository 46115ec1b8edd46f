import type { SerializedError } from "../system/errors.js";
import type { PipelineEvent } from "../contract/events.js";
import type { Prompt } from "../contract/prompt.js";
import type { LeftType, Reason } from "../contract/reasons.js";
import type { AskedBy, RunSettings, StepWork } from "../contract/service.js";
import type { AskedAs, Facts } from "../contract/stage.js";
import type { StepSummary } from "../contract/step-summary.js";
import type { Counts } from "./receipt.js";
import type { FileSlice } from "./record-file.js";

/**
 * One partition of one step: everything that it needs, as plain JSON. For another thread or machine its paths name
 * roots (see rootedTask).
 */
export interface PartitionTask {
  readonly step: string;
  readonly module: { readonly url: string; readonly name: string | null };
  /** The modules of the stages that bring evidence, up to this step. */
  readonly evidence: readonly PartitionTask["module"][];
  readonly options: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /**
   * What to read of every input, by name, in order; of the first one, which is partitioned and accounted for, this
   * partition's records alone.
   */
  readonly inputs: readonly (readonly [name: string, slices: readonly FileSlice[]])[];
  /** SHA-256 of this partition's records of the first input; null for a stage that sees everything. */
  readonly input: string | null;
  /** Records of the first input whose hash(seed, id) is above it are skipped; null: none. */
  readonly threshold: string | null;
  readonly partition: number;
  /**
   * How often the step was finished before, with failures: what an earlier attempt left half-done is none of this
   * one's.
   */
  readonly attempt: number;
  /** What the last attempt left of this partition, where some of its inputs failed: those alone run again. */
  readonly earlier: EarlierPartition | null;
  /** Folder of the step: results go here. */
  readonly folder: string;
  readonly outputDir: string;
  readonly files: Readonly<Record<string, string>>;
  readonly prompts: Readonly<Record<string, Prompt>>;
  /** How models are asked where the step leaves it to them, by their names. */
  readonly modelPrompts: Readonly<Record<string, AskedAs>>;
  /** What the stage's options ask of models beside writing, by their names. */
  readonly modelAsks: AskedBy["models"];
  readonly yaml: Readonly<Record<string, unknown>>;
  /** Absolute folders in which the steps before have left their files. */
  readonly artifactFolders: readonly string[];
  /** null while a step before is under way: what it counts is not known yet. */
  readonly history: readonly StepSummary[] | null;
  /** Those that the stage asks for. */
  readonly facts: Partial<Facts>;
  /** Part of every key that the stage remembers under. */
  readonly memoScope: string;
  readonly steering: TaskSteering;
  readonly run: TaskRun;
}

/** What services that live beside the partition are made with, where that is not the driver's process. */
export interface TaskRun {
  /** Differs from run to run: it is part of no result. */
  readonly id: string;
  readonly settings: RunSettings;
  readonly work: StepWork;
  /** Whether somebody watches what models write. */
  readonly watched: boolean;
}

/** How a partition is steered. None of it changes what an item comes to. */
export interface TaskSteering {
  /** What the run said before the partition began. */
  readonly orders: Orders;
  /** Most items that it begins; those after them are left to a later run. null: all. */
  readonly quota: number | null;
  /** Whether it tells of single items. */
  readonly tellsItems: boolean;
}

/** A partition of a finished step, as lines of the step's files. */
export interface EarlierPartition {
  readonly output: FileSlice;
  readonly left: FileSlice;
  readonly counts: Counts;
}

/** A line of a partition's `left` file: something that did not pass on. */
export interface LeftRecord {
  readonly type: LeftType;
  /** Id of the input; null for what never became a record. */
  readonly record: string | null;
  readonly source: string | null;
  readonly path: string | null;
  /** What reports group by. */
  readonly code: string;
  /** The text that a person reads. */
  readonly reason: string;
  /** What to do about it. */
  readonly fix?: string;
  readonly part?: unknown;
}

/**
 * What the main thread does for a running partition. Failures come back as data: error classes do not cross threads.
 */
export interface HostFunctions {
  /**
   * Calls a method of a service. With a stream, the method is given a function as its last argument, whose values come
   * back as JSON texts.
   */
  call(service: string, method: string, args: readonly unknown[], stream: number | null): Promise<Outcome>;
  /** Requests that the services which the step asks for can work on at once. */
  capacity(): Promise<Outcome>;
  /**
   * The value is { value } where the key is remembered, by now or once another has computed it; null where the caller
   * has to compute it, and `keep` it or `giveUp`.
   */
  recall(key: unknown): Promise<Outcome>;
  keep(key: unknown, value: unknown): Promise<Outcome>;
  giveUp(key: unknown): Promise<Outcome>;
  /** For services beside the partition: the entry of `pipeline.lock`; the value is null where there is none. */
  pinned(reference: string): Promise<Outcome>;
  /** Keeps an entry where there is none; the value is the one that counts from then on. */
  pin(reference: string, entry: unknown): Promise<Outcome>;
  /** A model beside the partition has written so many tokens. */
  spend(tokens: number): void;
  /** A piece of an answer that a model beside the partition writes. @param answer number among the partition's */
  written(answer: number, about: string, text: string, done: boolean): void;
  /** What a service beside the partition tells of its work. */
  event(event: PipelineEvent): void;
  progress(done: number, total: number, unit: string | undefined, out: number, dropped: number): void;
  /** Since this word of the run, which paused it, all of the partition that was at work has ended. */
  atRest(word: number): void;
  item(word: ItemWord): void;
  /** Answers when all that was said before has been heard. */
  heard(): Promise<void>;
}

/** What a partition is told of the run around it, all of it each time. */
export interface Orders {
  /** Counts what the run has said. */
  readonly word: number;
  /** No item begins until the run goes on; those that have begun end. */
  readonly paused: boolean;
  /** No item begins any more: a budget is used up. */
  readonly closed: boolean;
  /** Ids of the items that the user leaves out. */
  readonly skipped: readonly string[];
}

/** What a partition tells of one of its items. */
export type ItemWord =
  | { readonly type: "started"; readonly id: string; readonly about: string }
  | {
      readonly type: "finished";
      readonly id: string;
      readonly about: string;
      readonly outcome: "passed" | "dropped" | "failed" | "skipped";
      readonly reason?: Reason;
      readonly seconds: number;
    };

/** What a worker is told while a partition runs in it. */
export interface WorkerFunctions {
  /** What a service tells of its work, as a JSON text. */
  tell(stream: number, text: string): void;
  abort(): void;
  steer(orders: Orders): void;
}

/** How a call across threads or machines ended: errors travel as plain data. */
export type Outcome = { readonly value: unknown } | { readonly error: SerializedError };
