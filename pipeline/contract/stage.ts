import type { Capability } from "./capabilities.js";
import type { WantedTool } from "./checker.js";
import type { ModelRef } from "./model-ref.js";
import type { z } from "zod";
import type { Location, PipelineError } from "../system/errors.js";
import type { PromptForm } from "./model-spec.js";
import type { Prompt } from "./prompt.js";
import type { PromptType } from "./prompt-type.js";
import type { Reason } from "./reasons.js";
import type { StepSummary } from "./step-summary.js";
import type { AnyEvidenceType } from "./evidence.js";
import type { AnyKind, AnyRecord, RecordOf, Source } from "./kind.js";
import type { Artifact } from "./records.js";
import type { NeededServices, ServiceNeed } from "./service.js";
import type { SourceTree } from "./sources.js";

/** What a stage takes in: nothing, one kind, or names to kinds. */
export type Reads = undefined | AnyKind | Readonly<Record<string, AnyKind>>;

/** Records in a fixed order. Every iteration starts again at the first. */
export interface Input<R> extends AsyncIterable<R> {
  readonly count: number;
}

/** The records that have a key, in the order of their input. */
export type Lookup<R> = (key: string) => AsyncIterable<R>;

/** What the `run` of a stage is given as inputs: none, one, or several by their names. */
export type InputOf<R extends Reads> = R extends AnyKind
  ? Input<RecordOf<R>>
  : R extends Readonly<Record<string, AnyKind>>
    ? { readonly [N in keyof R]: Input<RecordOf<R[N]>> }
    : undefined;

/** What a stage may ask to be told of its run, in `needs`: whatever it asks for, it depends on. */
export interface Facts {
  /**
   * What the run is of: name, seed and the steps' options as the engine resolved them, without anything of this
   * machine. A step that prints it runs again when any of it changes.
   */
  readonly pipeline: { readonly name: string; readonly seed: number; readonly text: string };
  /** The pipeline's name alone. */
  readonly pipelineName: string;
}
/** Name of a fact, as a stage asks for it in `needs`. */
export type FactName = keyof Facts;

/**
 * What a stage may ask for in `needs`: a service that ships or a fact, by its name, or the definition of a service of
 * one's own (see defineService). A step depends on what it asks for, and on nothing of that which it does not.
 */
export type Need = FactName | ServiceNeed;

/** What a stage that asks for `N` finds in its context. */
export type Needed<N extends Need> = Pick<Facts, Extract<N, FactName>> & NeededServices<N>;

/** How a model is asked, as its entry in the pipeline file or in the catalogue says. */
export interface AskedAs<P extends Prompt = Prompt> {
  /** The prompt file, as it is named. */
  readonly file: string;
  readonly prompt: P;
  readonly form: PromptForm;
}

/** What the engine gives a running stage, beside the services that it asked for. */
export interface Context {
  readonly signal: AbortSignal;
  /** The pipeline's seed. */
  readonly seed: number;
  /**
   * Accounts for an input that went into a file of the step's: a dataset of 100,000 rows does not list them all in
   * `from`.
   */
  use(record: AnyRecord): void;
  /** Leaves an input out, with the reason that a user will read. */
  drop(record: AnyRecord, reason: Reason): void;
  /**
   * Leaves an input out because something around it broke (an environment, a service), not because of what it is:
   * counted apart.
   */
  fail(record: AnyRecord, reason: Reason): void;
  /**
   * Leaves out one part of what a record gave (a sample, one test), with the reason. Does not account for the record
   * itself.
   */
  reject(part: unknown, of: AnyRecord, reason: Reason): void;
  /**
   * Leaves out something that never became a record (a whole source, a file that cannot be decoded), with the reason.
   */
  refuse(what: { readonly source: string; readonly path: string | null }, reason: Reason): void;
  /**
   * Says something of the result as a whole that the user should know, and that is no error: it is shown on the screen,
   * and stands in the card. The same text is told once; it holds nothing of this machine.
   */
  notice(text: string): void;
  /**
   * The value for this key, computed once and kept across runs, kills and changes of other steps. `key` and the value
   * must have a JSON form. `scope` is for a piece of work that several stages may ask for; unless given, the key is the
   * stage's own.
   */
  remember<T>(key: unknown, compute: () => Promise<T>, scope?: string): Promise<T>;
  /**
   * Records of an input after the first by a key, without holding them: where they lie is noted once for all partitions
   * that a worker runs of the step. `name` names the key.
   */
  lookup<R>(input: Input<R>, name: string, keyOf: (record: R) => string): Promise<Lookup<R>>;
  /**
   * What `make` makes, once for all partitions that a worker runs of the step: a table of a whole input, for one. It
   * must follow from the options and from the inputs after the first, and is only read.
   */
  once<T>(name: string, make: () => Promise<T>): Promise<T>;
  /** fn over the records, as many in flight as the services can take; results in input order. */
  map<T, U>(records: AsyncIterable<T>, fn: (record: T) => Promise<U>): AsyncIterable<U>;
  /** A new, empty key-value table on disk: memory stays flat. Gone when the step ends. */
  index(): DiskIndex;
  progress(done: number, total: number, unit?: string): void;
  /**
   * Where the step may leave files for the user. They appear in the pipeline's outputs, all at once, when the run is
   * finished.
   */
  readonly outputDir: string;
  /** The ingested snapshot that a record comes from, read-only. */
  sourceTree(source: Source): Promise<SourceTree>;
  /** Absolute path of the file that an option names (see fileRef). */
  file(ref: string): string;
  /** The prompt that an option names (see promptRef). */
  prompt<P extends Prompt = Prompt>(ref: string, type?: PromptType<P>): P;
  /** How a model that an option names is asked, where the step leaves its prompt to it (see modelPromptRef). */
  modelPrompt<P extends Prompt = Prompt>(model: string, type?: PromptType<P>): AskedAs<P>;
  /** What the YAML file that an option names holds (see yamlRef), by the schema that the option was made with. */
  yaml<T>(ref: string, schema: z.ZodType<T>): T;
  /**
   * Absolute path of a file or folder that a step before has left: an artifact of this step's inputs. It is the one
   * that the artifact is of, by its SHA-256, whatever other steps have left at the same path.
   */
  artifact(artifact: Pick<Artifact, "path" | "sha256">): Promise<string>;
  /** The type of evidence of this name, as the stage defines it that brings it (see defineEvidence). */
  evidence(type: string): AnyEvidenceType;
  /** The steps that this step's inputs come from, directly or not, in order, with what they counted. */
  history(): readonly StepSummary[];
}

/** What a stage may ask while the plan is made, beside its services. */
export interface PlanContext {
  /** What the YAML file that an option names holds (see yamlRef). */
  readonly yaml: <T>(ref: string, schema: z.ZodType<T>) => T;
  /** Where that file says something under this path; null where it leaves it out. */
  readonly written: (ref: string, path: readonly (string | number)[]) => Location | null;
  /**
   * Notes a mistake; the user sees all of them at once, and nothing runs. One without a place of its own is shown at
   * the option of this path, or else at the step.
   */
  readonly complain: (mistake: PipelineError, option?: readonly (string | number)[]) => void;
  readonly prompt: Context["prompt"];
  readonly modelPrompt: Context["modelPrompt"];
  /**
   * Asks for what a model `may` have to be able to do (see modelRef), since other options want it: the model is refused
   * where it cannot, at the option that names it. `why` ends the sentence "...: its prompt has a grammar".
   */
  readonly require: <C extends Capability>(ref: ModelRef<C>, can: readonly C[], why: string) => void;
}

/** A table of texts, on disk where it is large. Its methods are synchronous, and memory stays flat. */
export interface DiskIndex {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  /** Sets a key that is free and answers undefined; answers the value of a key that is taken. */
  claim(key: string, value: string): string | undefined;
  /** All pairs in order of key (UTF-8 bytes). */
  entries(): Iterable<[key: string, value: string]>;
  readonly size: number;
}

/** How a stage is written. */
export interface StageDefinition<R extends Reads, W extends AnyKind, O extends z.ZodType, N extends Need> {
  /** Kebab-case; the file's name. */
  readonly name: string;
  /** One line for `pipeline config schema`, `plan` and the README. */
  readonly summary: string;
  /** For people, and part of what the stage remembers under: raise it when what it once remembered is wrong now. */
  readonly version: number;
  readonly reads?: R;
  /**
   * Inputs that a pipeline file may leave out: they hold nothing then. Never the first one, which a stage works
   * through.
   */
  readonly optional?: R extends AnyKind | undefined ? never : readonly (keyof R & string)[];
  readonly writes: W;
  /** Types of evidence that its records may carry, beside `none` and those of the stages before it. */
  readonly evidence?: readonly AnyEvidenceType[];
  /**
   * `record`: each input is handled by itself, so the engine may partition; `whole`: the stage sees everything at once.
   */
  readonly parallel: "record" | "whole";
  /**
   * Records that are run, committed and resumed together where `parallel` is `record`; unless told 64 for a stage that
   * needs a service, else 4,096.
   */
  readonly partition?: number;
  readonly needs?: readonly N[];
  /**
   * Paths that it leaves in `outputDir`, as far as the options tell: two steps that leave the same one are told before
   * they run.
   */
  readonly leaves?: (options: z.output<O>) => readonly string[];
  /** Tools of a machine that it may run, and what each is for in a word: `pipeline doctor` looks for them. */
  readonly tools?: () => readonly { readonly for: string; readonly tool: WantedTool }[];
  /**
   * Whether the keys `model`, `generation` and `prompt` at the top of a pipeline file, the names that tools for local
   * models share, set its options model, prompt, maxTokens, temperature, topP, topK, minP and repeatPenalty.
   */
  readonly takesSharedKeys?: boolean;
  /** A z.strictObject; every option has a default or is required, and a description. */
  readonly options: O;
  /**
   * What options and the files that they name decide together, asked when the plan is made: complains of what does not
   * go together, and answers whatever else of this machine decides the result: it is part of the fingerprint, and has a
   * JSON form. Installs and writes nothing.
   */
  plan?(options: z.output<O>, context: PlanContext & NeededServices<N>): Promise<unknown>;
  /** Yields what it makes. Every input ends up yielded, in the `from` of something yielded, used, or dropped. */
  run(inputs: InputOf<R>, options: z.output<O>, context: Context & Needed<N>): AsyncIterable<RecordOf<W>>;
}

/** A stage as the engine sees it. */
export type Stage = StageDefinition<Reads, AnyKind, z.ZodType, Need>;

/**
 * The one abstraction: checks nothing at run time, infers all types from what is written.
 *
 * @example
 *   export default defineStage({
 *     name: "short-answers",
 *     summary: "Keeps the examples whose answer is short",
 *     version: 1,
 *     reads: Example,
 *     writes: Example,
 *     parallel: "record",
 *     options: z.strictObject({ most: z.int().default(400).describe("Characters of the answer") }),
 *     async *run(examples, { most }, context) {
 *       for await (const example of examples)
 *         if (example.response.length <= most) yield example;
 *         else context.drop(example, reason("too-long", `${example.response.length} characters`));
 *     },
 *   });
 */
export function defineStage<
  W extends AnyKind,
  O extends z.ZodType,
  const R extends Reads = undefined,
  const N extends Need = never,
>(definition: StageDefinition<R, W, O, N>): Stage {
  return definition as Stage;
}

/** Stages by their names, each loaded when it is asked for. */
export type StageModules = Readonly<Record<string, () => Promise<{ readonly default: Stage }>>>;

/** All stages of a library, in its order. */
export async function loadStages(modules: StageModules): Promise<readonly Stage[]> {
  return await Promise.all(Object.values(modules).map(async (load) => (await load()).default));
}

/** The inputs of a stage by name; a stage that reads one kind has the one input "". */
export function inputKinds({ reads }: Pick<Stage, "reads">): ReadonlyMap<string, AnyKind> {
  if (reads === undefined) return new Map();
  return isKind(reads) ? new Map([["", reads]]) : new Map(Object.entries(reads));
}

/** Records that a partition of the stage holds: fixed, so that results never depend on the number of workers. */
export function partitionSize({
  parallel,
  partition,
  needs = [],
}: Pick<Stage, "parallel" | "partition" | "needs">): number {
  if (parallel === "whole") return Infinity;
  return partition ?? (needs.length > 0 ? 64 : 4096);
}

function isKind(reads: NonNullable<Reads>): reads is AnyKind {
  return "schema" in reads && "make" in reads;
}
