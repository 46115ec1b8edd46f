import { PipelineError } from "../errors.js";
import type { Model } from "../model.js";
import type { Service, ServiceContext } from "../service.js";
import { inferenceThreads } from "./cores.js";
import { createLlamaModel } from "./llama.js";
import type { GgufMakers } from "./gguf-of.js";
import type { ResolvedModel } from "./resolved.js";
import type { RunningModel } from "./running.js";
import { createScriptedModel } from "./scripted.js";

/**
 * The models of a plan, by the names that options give them. None is fetched or started before it is asked for something;
 * one that a step of the pipeline makes can be set later, before it is asked for.
 */
export function createModels(
  context: ServiceContext,
  { models, threads = inferenceThreads(), determinism, makers = noMakers }: {
    readonly models: ReadonlyMap<string, ResolvedModel>;
    /** Threads in all; the physical cores less two unless told. */
    readonly threads?: number;
    readonly determinism: "strict" | "fast";
    /** What makes the GGUF file that is loaded, of a folder or in another number format; without it, only GGUF files can be asked, as they are. */
    readonly makers?: GgufMakers;
  },
): Service<(ref: string) => Model> {
  const running = new Map<string, { readonly resolved: ResolvedModel; readonly model: RunningModel }>();

  function find(ref: string): RunningModel | undefined {
    const resolved = models.get(ref);
    if (resolved === undefined) return undefined;
    const known = running.get(ref);
    if (known?.resolved === resolved) return known.model;
    const model = create(ref, resolved);
    running.set(ref, { resolved, model });
    return model;
  }

  function create(ref: string, resolved: ResolvedModel): RunningModel {
    return resolved.weights.type === "scripted"
      ? createScriptedModel(ref, resolved.weights)
      : createLlamaModel(ref, resolved, context, { threads, determinism, makers });
  }

  return {
    api(ref) {
      const found = find(ref);
      if (found === undefined) {
        throw new PipelineError(`"${ref}" is not a model that an option of this step names`, { code: "stage", hint: "declare the option with modelRef()" });
      }
      return found.model;
    },
    capacity: () => Math.max(1, ...[...models.keys()].map((ref) => find(ref)?.capacity ?? 1)),
    close: async () => void await Promise.all([...running.values()].map(async ({ model }) => await model.close())),
  };
}

/** What beside a model itself decides its answers, for the fingerprint of a step that asks one. */
export function modelSettings(
  { determinism, threads = inferenceThreads() }: { readonly determinism: "strict" | "fast"; readonly threads?: number },
): { readonly determinism: string; readonly threads: number } {
  return { determinism, threads };
}

const noMakers: GgufMakers = {
  async convertFolder({ path }) {
    throw new PipelineError(`${path} is a folder, and llama.cpp loads GGUF files alone`, { code: "model", hint: "convert it first, with convert_hf_to_gguf.py of llama.cpp" });
  },
  async quantize({ path }, type) {
    throw new PipelineError(`nothing here makes ${path} into ${type}`, { code: "model", hint: "remove quantization of the model" });
  },
};
