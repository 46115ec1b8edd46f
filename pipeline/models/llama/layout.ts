import prettyBytes from "pretty-bytes";
import { PipelineError } from "../../system/errors.js";
import type { EmbeddingShape, LlamaShape } from "./protocol.js";
import { estimatedMemory, type LoadedModel, type ModelMemory } from "./loaded-bytes.js";
import type { GgufModel } from "../weights/gguf-model.js";

/** What of a model decides how it is laid out. */
export type LaidOutModel = LoadedModel &
  Pick<GgufModel, "contextTokens" | "batchTokens" | "cacheType" | "flashAttention">;

/** How a process holds a model, and how many processes can be of use. */
export interface Layout {
  readonly shape: LlamaShape;
  readonly mostProcesses: number;
  /**
   * What of it an answer depends on, for keys and fingerprints: the whole shape, unless speed goes before answers that
   * are the same each time. Then an answer that was written in another shape is as good as another.
   */
  readonly counts: LlamaShape | Pick<LlamaShape, "contextTokens" | "flashAttention" | "cacheType">;
}

/** How much is done at once: what a calibration measures. */
export interface Teams {
  readonly processes: number;
  /** Threads of each process. */
  readonly threads: number;
  /** Answers that each process writes at once. */
  readonly sequences: number;
}

interface LayoutOptions {
  /** Threads in all. */
  readonly threads: number;
  readonly determinism: "strict" | "fast";
  /** Bytes that models may take on this machine. */
  readonly budget: number;
  /** What was measured to be fastest on this machine, for `fast`; null: nothing was. */
  readonly calibrated?: Teams | null;
}

/**
 * One-thread processes, as many as there are threads, wherever memory holds one for at least half of the threads. They
 * map the same file, and what they answer does not depend on how many cores there are; a team of threads does about as
 * much on a quiet machine, and little where another program takes one of its cores, since all wait for the last one.
 * A model of which memory holds fewer runs in one process with all threads. The shape decides what a model answers, so
 * that it follows from the model and the size of the machine, never from the memory that happens to be free.
 */
export function layOut(model: LaidOutModel, options: LayoutOptions): Layout {
  const { determinism, calibrated = null } = options;
  if (determinism === "strict") {
    const { mostProcesses, shape } = teamsOf(model, 1, options);
    return { mostProcesses, shape, counts: shape };
  }
  const { contextTokens, flashAttention, cacheType } = shapeOf(model, { threads: 1, sequences: 1 });
  const counts = { contextTokens, flashAttention, ...(cacheType && { cacheType }) };
  const { mostProcesses, shape } = calibrated === null ? fastTeams(model, options) : laidOutAs(model, calibrated);
  return { mostProcesses, shape, counts };
}

/** A layout as it was measured, or is to be. */
function laidOutAs(model: LaidOutModel, { processes, threads, sequences }: Teams): Omit<Layout, "counts"> {
  return { mostProcesses: processes, shape: shapeOf(model, { threads, sequences }) };
}

/** As many answers at once as memory holds for: more than eight a process seldom gain anything on a CPU. */
function fastTeams(model: LaidOutModel, options: LayoutOptions): Omit<Layout, "counts"> {
  for (let sequences = 8; sequences > 1; sequences /= 2) {
    const teams = teamsOf(model, sequences, options);
    if (processBytes(memoryOf(model, teams.shape), 1) <= options.budget) return teams;
  }
  return teamsOf(model, 1, options);
}

function teamsOf(
  model: LaidOutModel,
  sequences: number,
  { threads, budget }: Pick<LayoutOptions, "threads" | "budget">,
): Omit<Layout, "counts"> {
  const single = shapeOf(model, { threads: 1, sequences });
  const { shared, process } = memoryOf(model, single);
  const held = Math.floor((budget - shared) / process);
  if (threads === 1 || held >= Math.max(2, threads / 2)) return { mostProcesses: threads, shape: single };
  return { mostProcesses: 1, shape: { ...single, threads } };
}

function shapeOf(
  { contextTokens, batchTokens, cacheType, flashAttention }: LaidOutModel,
  { threads, sequences }: Pick<LlamaShape, "threads" | "sequences">,
): LlamaShape {
  return {
    threads,
    sequences,
    contextTokens,
    batchTokens: batchTokens ?? 512,
    flashAttention: flashAttention ?? true,
    ...(cacheType && { cacheType }),
  };
}

/** How the same processes hold a model to embed texts. */
export function embeddingShape(
  { contextTokens }: Pick<LaidOutModel, "contextTokens">,
  { threads, batchTokens }: LlamaShape,
): EmbeddingShape {
  return { threads, contextTokens, batchTokens };
}

/**
 * What a model takes of memory in this shape, as far as can be told before it is loaded; closer once its file is there.
 */
export function memoryOf(
  model: LoadedModel,
  { sequences, contextTokens }: LlamaShape,
  fileBytes?: number,
): ModelMemory {
  return estimatedMemory(model, {
    contextTokens: (contextTokens ?? 4096) * sequences,
    ...(fileBytes !== undefined && { fileBytes }),
  });
}

/** What planning memory needs to know of a model. */
export interface MemoryNeed extends ModelMemory {
  readonly mostProcesses: number;
}

/** Bytes that so many processes of a model take together. */
export function processBytes({ shared, process }: ModelMemory, processes: number): number {
  return processes === 0 ? 0 : shared + process * processes;
}

/**
 * Bytes that all models of a run may take together: the rest is for the programs that are tested, the page cache, and
 * who works here.
 */
export function modelBudget(limit: number): number {
  return limit / 2;
}

/** The budget as shares of models that are asked at once, each by what it could use. */
export function shareMemory(budget: number, needs: readonly MemoryNeed[]): number[] {
  const wanted = needs.map((need) => processBytes(need, need.mostProcesses));
  const all = wanted.reduce((sum, bytes) => sum + bytes, 0);
  return wanted.map((bytes) => (budget * bytes) / all);
}

/** Processes that a share holds: one always, or nothing could be asked. */
export function processesIn(share: number, { shared, process, mostProcesses }: MemoryNeed): number {
  return Math.max(1, Math.min(mostProcesses, Math.floor((share - shared) / process)));
}

/**
 * Refuses a model that no process could hold: it would end in the middle of its load, or take what others work with.
 */
export function requireMemory(
  { source, contextTokens }: Pick<GgufModel, "source" | "contextTokens">,
  { needed, free }: { readonly needed: number; readonly free: number },
): void {
  if (needed <= free) return;
  throw new PipelineError(
    `the model ${source} needs about ${prettyBytes(needed)} of memory, and ${prettyBytes(free)} is free`,
    {
      code: "model",
      hint:
        `end other programs, take a smaller model (\`pipeline models list\` says what each needs) or a smaller ` +
        `\`quantization\`, or lower its \`contextTokens\` (${contextTokens ?? "at most 4096"} now)`,
    },
  );
}
