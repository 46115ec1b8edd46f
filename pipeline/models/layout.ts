import type { LlamaShape } from "./llama-protocol.js";
import { loadedBytes, type LoadedModel, type ModelMemory } from "./loaded-bytes.js";
import type { ResolvedModel } from "./resolved.js";

/** How a process holds a model, and how many processes can be of use. */
export interface Layout {
  readonly shape: LlamaShape;
  readonly mostProcesses: number;
}

interface LayoutOptions {
  readonly threads: number;
  readonly determinism: "strict" | "fast";
}

/**
 * Small models run in one-thread processes, one a thread: faster than a team of threads, and the answers do not depend
 * on how many cores there are. Larger ones run in one process with all threads. The shape decides what a model answers,
 * so that it follows from the model alone, never from the memory that is there.
 */
export function layOut(model: LoadedModel & Pick<ResolvedModel, "contextTokens" | "batchTokens">, { threads, determinism }: LayoutOptions): Layout {
  const { contextTokens } = model;
  const evaluation = { batchTokens: model.batchTokens ?? 512, flashAttention: true };
  if (loadedBytes(model) >= 1e9) return { mostProcesses: 1, shape: { threads, sequences: 1, contextTokens, ...evaluation } };
  return determinism === "strict"
    ? { mostProcesses: threads, shape: { threads: 1, sequences: 1, contextTokens, ...evaluation } }
    : { mostProcesses: threads, shape: { threads: 1, sequences: 8, contextTokens: contextTokens ?? 2048, ...evaluation } };
}

/** What planning memory needs to know of a model. */
export interface MemoryNeed extends ModelMemory {
  readonly mostProcesses: number;
}

/** Bytes that so many processes of a model take together. */
export function processBytes({ shared, process }: ModelMemory, processes: number): number {
  return processes === 0 ? 0 : shared + process * processes;
}

/** Bytes that all models of a run may take together: the rest is for the programs that are tested, the page cache, and who works here. */
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
