import type { z } from "zod";
import type { Emit } from "./events.js";
import type { Capability, Model } from "./model.js";

/**
 * The services that ship, by the names that a stage gives them in `needs`, with what it calls there. Each contract adds
 * its own (`declare module "./service.js"`). A service of a user's own is none of them: the stage names its definition.
 */
// oxlint-disable-next-line typescript/no-empty-object-type
export interface Services {}
/** Name of a service that ships: sandbox, model, sources, ... */
export type ServiceName = keyof Services;

/** What every service is given when it is made. Services live beside the partitions, which call them. */
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
   * The pinned entry of a reference; where there is none, or all are to be resolved again (`isUpdate`), what `resolve`
   * answers is kept. Holds no address of a registry.
   */
  pin<T>(reference: string, schema: z.ZodType<T>, resolve: (isUpdate: boolean) => Promise<T>): Promise<T>;
  /** The entry of a reference; null where there is none, or where all are to be resolved again. */
  kept<T>(reference: string, schema: z.ZodType<T>): T | null;
  /** Puts an entry in the place of what was there; null: removes it. */
  replace(reference: string, entry: object | null): Promise<void>;
}

/** Who asks a model: steps take turns, and within a step its partitions. */
export interface Asker {
  readonly step: string;
  readonly partition: number;
}

/**
 * A model by the name that options give it, with what it is asked to be able to do; refused where it is not. What is
 * asked of it waits its turn in the queue of the model, whoever asks.
 */
export type FindModel = <C extends Capability = never>(ref: string, can?: readonly C[], asker?: Asker) => Model<C>;

/** The models of a run, by the names that options give them. */
export interface ModelService extends Service<FindModel> {
  capacity(): number;
  /** Whether memory holds all of these models at once, each with all that it could use. */
  fits(work: StepWork): boolean;
  /** Models that nobody asks any more are freed, and the others are given what memory there is. */
  prepare(work: StepWork): Promise<void>;
  /**
   * Has memory for a model that is about to be asked, where nobody knows what is asked next: others are freed for it,
   * the one first that was not asked for longest. false: those that are in use leave no room.
   */
  makeRoom(ref: string, inUse: ReadonlySet<string>): Promise<boolean>;
  /** Bytes that each model takes which is loaded. */
  holding(): ReadonlyMap<string, number>;
}

/** A running service: what is called of it, and what the engine does with it. */
export interface Service<A> {
  readonly api: A;
  /** Requests that it can work on at once; a service that does not say is asked as the processors allow. */
  capacity?(): number;
  /** Whether all this can be asked at once, so that the steps that ask it run side by side; unless it says no. */
  fits?(work: StepWork): boolean;
  /** A step begins or ends: from now on this is what is asked, and the capacity is of it. */
  prepare?(work: StepWork): Promise<void>;
  /** Ends its processes. */
  close(): Promise<void>;
}

/** How a run was asked for, as far as services want to know: plain data, the same on every machine of the run. */
export interface RunSettings {
  /** Partitions at work at once on a machine. */
  readonly workers: number;
  /** Name of a sandbox backend, "auto" or "none". */
  readonly sandbox: string;
  /** The Python of an environment that the user names. */
  readonly python?: string;
  /** Variables that code under test finds. */
  readonly variables: Readonly<Record<string, string>>;
  readonly determinism: "strict" | "fast";
  /** Threads that models may take in all; the machine decides unless told. */
  readonly threads?: number;
}

/** A model as the plan knows it: plain data, with the hash of what decides its answers. */
export interface PlannedModel {
  readonly hash: string;
  /** The model that was wanted and could not be had, where this one stands in for it. */
  readonly insteadOf?: string;
}

/** What the steps that are under way ask: plain data. */
export interface StepWork {
  /** The models that their options name, by these names. */
  readonly models: Readonly<Record<string, PlannedModel>>;
  /** Names of the models that steps ask which have not begun. */
  readonly later: readonly string[];
}

/** Who calls a service: one partition. */
export interface Caller {
  /** Which one it is: what a service works on in turns, it works on by that. */
  readonly asker?: Asker;
  /** Aborted when the partition is not to go on: what it has asked for stops. */
  readonly signal: AbortSignal;
  /** Told of tokens that a model has written for it. An answer that is remembered has cost nothing. */
  readonly spend?: (tokens: number) => void;
  /** Where somebody watches answers being written: takes one, with what it is about. */
  readonly watch?: ((about: string) => AnswerListener) | undefined;
}

/** Whom a service's client is made for: what a stage was allowed to ask for is told by its options. */
export interface AskedBy {
  /** Name of the stage. */
  readonly stage: string;
  /** By the names that its options give to models: what they ask of each, always or where other options want it. */
  readonly models: Readonly<Record<string, readonly Capability[]>>;
}

/** Takes the text of an answer while it is written. */
export interface AnswerListener {
  readonly text: (text: string) => void;
  readonly end: () => void;
}

/** A service that may be asked for: the name of one that ships, or the definition of one's own. */
export type ServiceNeed = ServiceName | AnyService;
/** The definition of a service, whatever it serves. */
// A definition is invariant in what it serves; a stage may name any of them.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyService = ServiceDefinition<any, string, any, any>;

/** What is called of a service. */
type ApiOf<D> = D extends ServiceDefinition<infer A, string, infer _R, infer _D> ? A : never;

/** The services that somebody asks for, by name. */
export type NeededServices<N> = Pick<Services, Extract<N, ServiceName>> & {
  readonly [D in Extract<N, AnyService> as D["name"]]: ApiOf<D>;
};

/** Names of what can be called from another thread or machine: methods that answer a promise. */
type AsyncMethod<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof T] &
  string;

/**
 * How a service is written. `A` is what is called of it, and `R` how that goes between threads and machines: the same,
 * unless `partition` says otherwise.
 */
export interface ServiceDefinition<A extends object, N extends string, R extends object, D extends ServiceNeed> {
  /** camelCase: a stage finds it as `context.NAME`. */
  readonly name: N;
  /** `driver`: one a run; `node`: one on every machine that runs partitions. */
  readonly place: "driver" | "node";
  /** What a partition may call: methods that answer a promise, and take and answer what has a JSON form. */
  readonly methods: readonly AsyncMethod<NoInfer<R>>[];
  /** Those of them whose last argument is a function that is told of progress, or of values as they come. */
  readonly streams?: readonly AsyncMethod<NoInfer<R>>[];
  /** The services that it asks itself. */
  readonly needs?: readonly D[];
  /**
   * Absolute paths of compiled modules that decide its answers: what they hold and import is part of the fingerprint of
   * a step that asks it. What the stage imports is so anyway.
   */
  readonly modules?: readonly string[];
  /** Throws a PipelineError where the run was asked for in a way that it does not know: before anything is done. */
  check?(settings: RunSettings): Promise<void>;
  /** Makes it, when it is first asked for. Starts nothing before it is called. Written before `fingerprint`. */
  make(around: {
    readonly context: ServiceContext;
    readonly settings: RunSettings;
    readonly services: NeededServices<D>;
  }): Service<A> | Promise<Service<A>>;
  /**
   * What else decides its answers, and has a JSON form: part of the fingerprint of a step that asks it. Installs
   * nothing.
   */
  fingerprint?(about: {
    readonly api: () => Promise<NoInfer<A>>;
    /** The models that the step's options name. One that a step makes is not resolved yet. */
    readonly models: ReadonlyMap<string, PlannedModel>;
    readonly settings: RunSettings;
  }): unknown;
  /** How a partition reaches it, where its methods are not what is called. */
  readonly partition?: {
    /** What answers one partition's calls. */
    serve(api: A, caller: Caller): R;
    /** What the stage is given, on the other side. */
    client(remote: R, by: AskedBy): A;
  };
}

/**
 * Defines a service that stages may ask for in `needs`.
 * @example
 * export const glossary = defineService({
 *   name: "glossary",
 *   place: "driver",
 *   methods: ["explain"],
 *   make: ({ context }) => {
 *     const words = new Glossary(context.baseDir);
 *     return { api: words, close: () => words.close() };
 *   },
 *   fingerprint: async ({ api }) => (await api()).edition(),
 * });
 * // A stage with needs: [glossary] calls context.glossary.explain("mutant").
 */
export function defineService<
  const N extends string,
  A extends object,
  R extends object = A,
  const D extends ServiceNeed = never,
>(definition: ServiceDefinition<A, N, R, D>): ServiceDefinition<A, N, R, D> {
  return definition;
}
