import type { Capability } from "../contract/capabilities.js";
import type { ModelSpec } from "../contract/model-spec.js";
import type { ServiceContext } from "../contract/service.js";
import type { Teams } from "./llama/layout.js";
import type { GgufMakers } from "./weights/gguf-of.js";
import type { RunningModel } from "./running.js";
import type { ModelContext, ResolvedModel } from "./resolved.js";

/**
 * What runs models of one kind, whole: how such a model is told from others, pinned, fetched and asked. Adding one is a
 * folder here with its definition, and a line in backends.ts; a field of ModelSpec where a pipeline file names it by
 * another one than `source`.
 *
 * @typeParam R what is known of one of its models once it is pinned: plain data
 */
export interface BackendDefinition<R extends ResolvedModel> {
  readonly name: R["backend"];
  /** Whether a model that is specified so is one of its own. The first backend of the list that says so has it. */
  recognises(spec: Pick<ModelSpec, "source">): boolean;
  /** What its models can do beside writing, by what is said of one. Asks no one. */
  can(spec: Pick<ModelSpec, "source" | "adapter" | "endpoint" | "embeds">): readonly Capability[];
  /**
   * Of what is asked of a model, what it cannot do by its own file after all: for what `can` cannot tell. Fetches
   * nothing: what is not here is not known, and refused when it is asked.
   */
  lacks?(model: R, can: readonly Capability[], context: ServiceContext): Promise<readonly Capability[]>;
  /** Pins a model down to its content, without fetching anything large. Runs when the plan is made. */
  resolve(spec: ModelSpec, context: ModelContext): Promise<R>;
  /** Makes be there what has to be fetched before it can be asked; answers where it lies: a path, or an address. */
  fetch(model: R, context: ModelContext): Promise<string>;
  /** Whether it can be asked without fetching anything. */
  isHere(model: R, cacheDir: string): Promise<boolean>;
  /** How it is held, where that decides its answers beside the model itself: part of a step's fingerprint. */
  shape(model: R, settings: RunSettings): object | null;
  /** Makes what answers for it. Nothing is fetched or started before it is asked for something. */
  open(ref: string, model: R, context: ServiceContext, settings: RunSettings & MadeGguf): RunningModel;
}

/** How models are run on this machine. */
export interface RunSettings {
  /** Threads in all. */
  readonly threads: number;
  readonly determinism: "strict" | "fast";
  /** How much is done at once, instead of what was measured to be fastest: to measure it. */
  readonly teams?: Teams;
}

/** What makes the GGUF file of a model that is a folder, or is wanted in another number format. */
export interface MadeGguf {
  readonly makers: GgufMakers;
}

/** A backend as the service sees it: it is given back the models that it has resolved itself. */
export type Backend = BackendDefinition<ResolvedModel>;

/** The one form of a backend; checks nothing at run time. */
export function defineBackend<R extends ResolvedModel>(definition: BackendDefinition<R>): Backend {
  return definition;
}
