import type { z } from "zod";
import type { Emit } from "./events.js";
import type { Capability, Model } from "./model.js";

/** What every service is given when it is made. Services live in the main thread; workers call them. */
export interface ServiceContext {
  /** The pipeline's seed. */
  readonly seed: number;
  readonly memo: Memo;
  readonly lockfile: Lockfile;
  readonly emit: Emit;
  /** Aborted when the run stops, or is over: no work goes on after it. */
  readonly signal: AbortSignal;
  /** Folder of the user's cache: models, Python environments, downloads. Shared between projects and runs. */
  readonly cacheDir: string;
  /** The project's `.pipeline` folder: snapshots of sources. */
  readonly stateDir: string;
  /** Folder that relative paths in the pipeline file start from. */
  readonly baseDir: string;
}

/** Durable results of costly work, across runs. */
export interface Memo {
  /**
   * The value for the key, computed at most once; `remembered` where somebody else has computed it. `key` and the value
   * must have a JSON form. An asker whose `signal` is aborted gets a PipelineError `interrupted`; the computation's own
   * signal is aborted when all who ask for it have left.
   */
  remember<T>(
    key: unknown,
    compute: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<{ readonly value: T; readonly remembered: boolean }>;
}

/** `pipeline.lock`: what moving references were resolved to. */
export interface Lockfile {
  /**
   * The pinned entry of a reference; where there is none, what `resolve` answers is kept. Holds no address of a
   * registry.
   */
  pin<T>(reference: string, schema: z.ZodType<T>, resolve: () => Promise<T>): Promise<T>;
  /** The entry of a reference; null where there is none, or where all are to be resolved again. */
  kept<T>(reference: string, schema: z.ZodType<T>): T | null;
  /** Puts an entry in the place of what was there; null: removes it. */
  replace(reference: string, entry: object | null): Promise<void>;
}

/** A model by the name that options give it, with what it is asked to be able to do; refused where it is not. */
export type FindModel = <C extends Capability = never>(ref: string, can?: readonly C[]) => Model<C>;

/** The models of a run, by the names that options give them. */
export interface ModelService extends Service<FindModel> {
  /**
   * A step begins that asks `refs`; steps after it ask `later`. Models that nobody asks any more are freed, and the
   * others are given what memory there is. `capacity` is that of `refs` from then on.
   */
  prepare(refs: readonly string[], later: ReadonlySet<string>): Promise<void>;
}

/** A running service: what stages call, and what the engine does with it. */
export interface Service<T> {
  readonly api: T;
  /** Requests that it can work on at once. */
  capacity(): number;
  /** Ends its processes. */
  close(): Promise<void>;
}
