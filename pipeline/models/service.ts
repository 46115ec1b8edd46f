import { interrupted } from "../system/abort.js";
import { PipelineError } from "../system/errors.js";
import { memoryLimit } from "../system/memory.js";
import { backendOf } from "./backends.js";
import { capable } from "./capable.js";
import type { BackendModel, Capability, Model } from "../contract/model.js";
import type { Asker, ModelService, ServiceContext, StepWork } from "../contract/service.js";
import { inferenceThreads } from "./llama/cores.js";
import type { GgufMakers } from "./weights/gguf-of.js";
import { type MemoryNeed, modelBudget, processBytes, shareMemory, type Teams } from "./llama/layout.js";
import type { ResolvedModel } from "./resolved.js";
import { makeRoom } from "./room.js";
import type { RunningModel } from "./running.js";

/**
 * The models of a plan, by the names that options give them. None is fetched or started before it is asked for
 * something; one that a step of the pipeline makes comes with the step that asks it. All that are loaded at once share
 * the memory that models may take.
 */
export function createModels(
  context: ServiceContext,
  {
    models: given = new Map(),
    threads = inferenceThreads(),
    determinism,
    teams,
    memory,
    makers = noMakers,
  }: {
    /** Those that can be asked from the beginning; a step that begins brings its own. */
    readonly models?: ReadonlyMap<string, ResolvedModel>;
    /** Threads in all; the physical cores less two unless told. */
    readonly threads?: number;
    readonly determinism: "strict" | "fast";
    /** How much is done at once, instead of what was measured to be fastest: to measure it. */
    readonly teams?: Teams;
    /** Bytes that all of them may take together; half of the machine's memory unless told. */
    readonly memory?: number;
    /**
     * What makes the GGUF file that is loaded, of a folder or in another number format; without it, only GGUF files can
     * be asked, as they are.
     */
    readonly makers?: GgufMakers;
  },
): ModelService {
  const models = new Map(given);
  const wholeBudget = (): number => memory ?? modelBudget(memoryLimit());
  let asked: readonly string[] | null = null;
  let closed = false;
  const running = new Map<string, RunningModel>();

  function find(ref: string): RunningModel | undefined {
    const resolved = models.get(ref);
    if (resolved === undefined) return undefined;
    if (closed) throw interrupted(); // who asks now is late: nothing is started any more
    const model = running.get(ref) ?? create(ref, resolved);
    running.set(ref, model);
    return model;
  }

  function create(ref: string, resolved: ResolvedModel): RunningModel {
    return backendOf(resolved).open(ref, resolved, context, { threads, determinism, makers, ...(teams && { teams }) });
  }

  /** Ends what holds a model, which is loaded again when it is asked again. */
  async function free(refs: readonly string[]): Promise<void> {
    const freed = refs.map((ref) => running.get(ref));
    for (const ref of refs) running.delete(ref);
    await Promise.all(freed.map(async (model) => await model?.close()));
  }

  /** Those of the models that take memory. */
  function sharingOf(refs: readonly string[]) {
    return refs.flatMap((ref) => {
      const model = find(ref);
      const need = model?.need();
      return model === undefined || need === null || need === undefined ? [] : [{ model, need }];
    });
  }

  function take(wanted: StepWork["models"]): void {
    // The engine passes on what resolving a model gave, as it is.
    for (const [ref, model] of Object.entries(wanted)) models.set(ref, model as ResolvedModel);
  }

  async function prepare({ models: wantedNow, later }: StepWork): Promise<void> {
    take(wantedNow);
    const refs = Object.keys(wantedNow);
    asked = refs;
    const others = [...running.keys()].filter((ref) => !refs.includes(ref));
    await free(others.filter((ref) => !later.includes(ref)));

    const sharing = sharingOf(refs);
    const wanted = wantedBytes(sharing);
    const budget = wholeBudget();
    const kept = others.filter((ref) => running.has(ref));
    const held = () => kept.reduce((sum, ref) => sum + (running.get(ref)?.heldBytes() ?? 0), 0);
    // What is asked now comes before what is asked later, which costs seconds to load again.
    if (held() + wanted > budget) await free(kept);
    const shares = shareMemory(
      budget - held(),
      sharing.map(({ need }) => need),
    );
    await Promise.all(sharing.map(async ({ model }, index) => await model.allow(shares[index] ?? 0)));
  }

  return {
    fits({ models: wanted }) {
      take(wanted);
      const sharing = sharingOf(Object.keys(wanted));
      return sharing.length < 2 || wantedBytes(sharing) <= wholeBudget();
    },
    prepare,
    async makeRoom(ref, inUse) {
      find(ref);
      return await makeRoom(ref, inUse, { running, budget: wholeBudget(), free: async (other) => await free([other]) });
    },
    holding: () =>
      new Map([...running].map(([ref, model]) => [ref, model.heldBytes()] as const).filter(([, bytes]) => bytes > 0)),
    api<C extends Capability = never>(ref: string, can: readonly C[] = [], asker?: Asker): Model<C> {
      const found = find(ref);
      if (found !== undefined) {
        // The one that was asked last stands last.
        running.delete(ref);
        running.set(ref, found);
      }
      if (found === undefined) {
        throw new PipelineError(`"${ref}" is not a model that an option of this step names`, {
          code: "stage",
          hint: "declare the option with modelRef()",
        });
      }
      return capable(asker === undefined ? found.model : onBehalfOf(found.model, asker), can);
    },
    capacity: () => Math.max(1, ...(asked ?? [...models.keys()]).map((ref) => find(ref)?.capacity() ?? 1)),
    async close() {
      closed = true;
      await free([...running.keys()]);
    },
  };
}

function wantedBytes(sharing: readonly { readonly need: MemoryNeed }[]): number {
  return sharing.reduce((sum, { need }) => sum + processBytes(need, need.mostProcesses), 0);
}

/**
 * What beside the models themselves decides their answers, for the fingerprint of a step that asks them: the shapes in
 * which they are held. One that a step makes is not known before it is made; its shape may follow from the threads.
 */
export function modelSettings(
  models: ReadonlyMap<string, Partial<ResolvedModel>>,
  { determinism, threads = inferenceThreads() }: { readonly determinism: "strict" | "fast"; readonly threads?: number },
): Readonly<Record<string, unknown>> {
  const shapes = [...models].flatMap(([ref, model]) => {
    if (!isResolved(model)) return [[ref, { threads }] as const];
    const shape = backendOf(model).shape(model, { threads, determinism });
    return shape === null ? [] : [[ref, shape] as const];
  });
  return { determinism, shapes: Object.fromEntries(shapes) };
}

/** The model, whose requests wait among those of this asker. */
function onBehalfOf(model: RunningModel["model"], asker: Asker): BackendModel {
  const { infill, embed } = model;
  return {
    ...model,
    generate: async (request, options) => await model.generate(request, { ...options, asker }),
    ...(infill && { infill: async (request, options) => await infill(request, { ...options, asker }) }),
    ...(embed && { embed: async (texts, options) => await embed(texts, { ...options, asker }) }),
  };
}

function isResolved(model: Partial<ResolvedModel>): model is ResolvedModel {
  return model.backend !== undefined;
}

const noMakers: GgufMakers = {
  async convertFolder({ path }) {
    throw new PipelineError(`${path} is a folder, and llama.cpp loads GGUF files alone`, {
      code: "model",
      hint: "convert it first, with convert_hf_to_gguf.py of llama.cpp",
    });
  },
  async quantize({ path }, type) {
    throw new PipelineError(`nothing here makes ${path} into ${type}`, {
      code: "model",
      hint: "remove quantization of the model",
    });
  },
};
