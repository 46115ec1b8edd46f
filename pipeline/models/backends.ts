import type { Capability } from "../contract/capabilities.js";
import type { ModelSpec } from "../contract/model-spec.js";
import type { ServiceContext } from "../contract/service.js";
import { PipelineError } from "../system/errors.js";
import type { Backend } from "./backend.js";
import { endpoint } from "./endpoint/backend.js";
import { llama } from "./llama/backend.js";
import type { ModelContext, ResolvedModel } from "./resolved.js";
import { scripted } from "./scripted.js";

/** What runs models. llama.cpp is the last one: it takes whatever is a file of weights, wherever that comes from. */
const backends: readonly Backend[] = [scripted, endpoint, llama];

/** What a model can do beside writing, by what the pipeline file says of it. Asks no one. */
export function modelCan(spec: ModelSpec): readonly Capability[] {
  return specifiedBackend(spec).can(spec);
}

/** Of what is asked of a pinned model, what it cannot do by its own file, as far as that is here. */
export async function modelLacks(
  model: ResolvedModel,
  can: readonly Capability[],
  context: ServiceContext,
): Promise<readonly Capability[]> {
  return (await backendOf(model).lacks?.(model, can, context)) ?? [];
}

/** Pins a model down to its content, without fetching it. Runs when the plan is made. */
export async function resolveModel(spec: ModelSpec, context: ModelContext): Promise<ResolvedModel> {
  return await specifiedBackend(spec).resolve(spec, context);
}

/** Makes a model be here; answers where it lies: the path of its file or folder, or an address. */
export async function fetchModel(model: ResolvedModel, context: ModelContext): Promise<string> {
  return await backendOf(model).fetch(model, context);
}

/** Whether a model can be asked without fetching anything. */
export async function isHere(model: ResolvedModel, cacheDir: string): Promise<boolean> {
  return await backendOf(model).isHere(model, cacheDir);
}

/** The backend that a resolved model is run by. */
export function backendOf(model: Pick<ResolvedModel, "backend">): Backend {
  const found = backends.find(({ name }) => name === model.backend);
  if (found === undefined) throw new PipelineError(`no backend "${model.backend}" runs models`, { code: "internal" });
  return found;
}

/** The backend that a model is run by, by what the pipeline file says of it. Asks no one. */
export function specifiedBackend(spec: Pick<ModelSpec, "source">): Backend {
  return backends.find((backend) => backend.recognises(spec)) ?? llama;
}
