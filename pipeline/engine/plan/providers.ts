import type { Capability } from "../../contract/capabilities.js";
import type { ModelSpec } from "../../contract/model-spec.js";
import type { Prompt } from "../../contract/prompt.js";
import type { AnyService, PlannedModel, ServiceContext } from "../../contract/service.js";
import type { PromptType } from "../../contract/prompt-type.js";

/**
 * Who resolves what options name, and the services. The engine is given them, so that it depends on no backend, and so
 * that another program can bring its own.
 */
export interface Providers<M extends PlannedModel = PlannedModel> {
  /** Pins a source without fetching it; `refs` are the sources that a list stands for. */
  resolveSource(
    ref: string,
    context: ServiceContext,
  ): Promise<{ readonly hash: string; readonly refs: readonly string[] }>;
  /** What a model can do beside writing, by what the pipeline file says of it. Asks no one. */
  modelCan(spec: ModelSpec): readonly Capability[];
  /** Of what is asked of a pinned model, what it cannot do by its own file, as far as that is here. */
  modelLacks(model: M, can: readonly Capability[], context: ServiceContext): Promise<readonly Capability[]>;
  /** Pins a model without fetching its weights. */
  resolveModel(spec: ModelSpec, context: ServiceContext): Promise<M>;
  /** Makes a model's weights be there. */
  fetchModel(model: M, context: ServiceContext): Promise<unknown>;
  /** Reads and checks a prompt file. */
  loadPrompt(path: string, type: PromptType): Promise<Prompt>;
  /** The services that stages may name. */
  readonly services: readonly AnyService[];
}
