import type { Capability } from "../../contract/capabilities.js";
import type { FineTuning } from "../../contract/finetuning.js";
import type { ModelSpec } from "../../contract/model-spec.js";
import type { Prompt } from "../../contract/prompt.js";
import type { Sandbox } from "../../contract/sandbox.js";
import type { ModelService, Service, ServiceContext } from "../../contract/service.js";
import type { Sources } from "../../contract/sources.js";
import type { ServiceName } from "../../contract/stage.js";

/** A model as the plan knows it: plain data, with the hash of what decides its answers. */
export interface PlannedModel {
  readonly hash: string;
  /** The model that was wanted and could not be had, where this one stands in for it. */
  readonly insteadOf?: string;
}

/**
 * Who implements the services. The engine is given them, so that it depends on no backend,
 * and so that another program can bring its own.
 */
export interface Providers<M extends PlannedModel = PlannedModel> {
  /** Pins a source without fetching it; `refs` are the sources that a list stands for. */
  resolveSource(
    ref: string,
    context: ServiceContext,
  ): Promise<{ readonly hash: string; readonly refs: readonly string[] }>;
  createSources(context: ServiceContext): Service<Sources>;
  /** What a model can do beside writing, by what the pipeline file says of it. Asks no one. */
  modelCan(spec: ModelSpec): readonly Capability[];
  /** Pins a model without fetching its weights. */
  resolveModel(spec: ModelSpec, context: ServiceContext): Promise<M>;
  /** Makes a model's weights be there. */
  fetchModel(model: M, context: ServiceContext): Promise<unknown>;
  createModels(
    context: ServiceContext,
    options: { models: ReadonlyMap<string, M>; determinism: "strict" | "fast"; threads?: number },
  ): ModelService;
  /**
   * What beside the models themselves decides their answers: part of the fingerprint of a step that asks them. One that
   * a step makes is not resolved yet.
   */
  modelSettings(
    models: ReadonlyMap<string, PlannedModel>,
    options: { determinism: "strict" | "fast"; threads?: number },
  ): Readonly<Record<string, unknown>>;
  createSandbox(
    context: ServiceContext,
    options: {
      sources: Sources;
      backend: string;
      workers: number;
      python: string | undefined;
      variables: Readonly<Record<string, string>>;
    },
  ): Service<Sandbox>;
  createFineTuning(context: ServiceContext): Service<FineTuning>;
  /** Reads and checks a prompt file. */
  loadPrompt(path: string): Promise<Prompt>;
  /**
   * Modules that decide what a service answers, by its name in a stage's needs. What only fetches or reports is none.
   */
  readonly serviceModules: { readonly [N in ServiceName]?: readonly string[] };
}
