import { totalmem } from "node:os";
import type { LlamaShape } from "./llama-protocol.js";
import type { Weights } from "./resolved.js";

/** Processes for a model, and how each holds it. */
export interface Layout {
  readonly processes: number;
  readonly shape: LlamaShape;
}

interface LayoutOptions {
  readonly threads: number;
  readonly determinism: "strict" | "fast";
  readonly contextTokens: number | null;
  readonly batchTokens: number | null;
}

/**
 * Small models run in one-thread processes, one a thread: faster than a team of threads, and the answers do not depend
 * on how many cores there are. Larger ones run in one process with all threads.
 */
export function layOut(weights: Weights, { threads, determinism, contextTokens, batchTokens }: LayoutOptions): Layout {
  const bytes = "bytes" in weights ? weights.bytes : typicalWheel;
  const evaluation = { batchTokens: batchTokens ?? 512, flashAttention: true };
  if (bytes >= 1e9) return { processes: 1, shape: { threads, sequences: 1, contextTokens, ...evaluation } };
  const fitting = Math.floor(totalmem() / 2 / (bytes + workingMemory));
  const processes = Math.max(1, Math.min(threads, fitting));
  return determinism === "strict"
    ? { processes, shape: { threads: 1, sequences: 1, contextTokens, ...evaluation } }
    : { processes, shape: { threads: 1, sequences: 8, contextTokens: contextTokens ?? 2048, ...evaluation } };
}

/** A package index takes files of about this size; the size of one is not known before it is fetched. */
const typicalWheel = 100e6;
/** Bytes beside the weights: the KV cache and the compute buffers of a small model, and Node itself. */
const workingMemory = 300e6;
