import prettyBytes from "pretty-bytes";
import { PipelineError } from "../../system/errors.js";
import type { EmbeddingShape, LlamaShape } from "./protocol.js";
import { estimatedMemory, type LoadedModel, type ModelMemory } from "./loaded-bytes.js";
import type { GgufModel } from "../weights/gguf-model.js";

/** What of a model decides how it is laid out. */
export type LaidOutModel = LoadedModel & Pick<GgufModel, "contextTokens" | "batchTokens">;

/** How a process holds a model, and how many processes can be of use. */
export interface Layout {
  readonly shape: LlamaShape;
  readonly mostProcesses: number;
}

interface LayoutOptions {
  /** Threads in all. */
  readonly threads: number;
  readonly determinism: "strict" | "fast";
  /** Bytes that models may take on this machine. */
  readonly budget: number;
}

/**
 * One-thread processes, as many as there are threads, wherever memory holds one for at least half of the threads. They
 * map the same file, and what they answer does not depend on how many cores there are; a team of threads does about as
 * much on a quiet machine, and little where another program takes one of its cores, since all wait for the last one.
 * A model of which memory holds fewer runs in one process with all threads. The shape decides what a model answers, so
 * that it follows from the model and the size of the machine, never from the memory that happens to be free.
 */
export function layOut(model: LaidOutModel, { threads, determinism, budget }: LayoutOptions): Layout {
  const sequences = determinism === "strict" ? 1 : 8;
  const contextTokens = determinism === "strict" ? model.contextTokens : (model.contextTokens ?? 2048);
  const evaluation = { batchTokens: model.batchTokens ?? 512, flashAttention: true };
  const single = { threads: 1, sequences, contextTokens, ...evaluation };
  const { shared, process } = memoryOf(model, single);
  const held = Math.floor((budget - shared) / process);
  if (threads === 1 || held >= Math.max(2, threads / 2)) return { mostProcesses: threads, shape: single };
  return { mostProcesses: 1, shape: { threads, sequences: 1, contextTokens: model.contextTokens, ...evaluation } };
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
