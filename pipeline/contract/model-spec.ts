import type { EndpointSpec } from "./endpoint-spec.js";
import type { ModelType } from "./finetuning.js";

/** Forms in which a model can be asked about a target: what its prompt file offers decides where it is `auto`. */
export const promptForms = ["auto", "chat", "completion"] as const;
/** The form in which a model is asked, as an entry of `models:` or an option says it. */
export type PromptForm = (typeof promptForms)[number];

/** Number formats of a KV cache: smaller ones hold more tokens in the same memory. */
export const cacheTypes = ["f16", "q8_0", "q4_0"] as const;
/** The number format of a KV cache, as an entry of `models:` says it. */
export type CacheType = (typeof cacheTypes)[number];

/** How a model is named in a pipeline file or in the catalogue. */
export interface ModelSpec {
  /**
   * pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf, hf:OWNER/REPO, file:PATH of a GGUF file or of a folder in the form of
   * transformers, ollama:NAME:TAG or lmstudio:PUBLISHER/REPO/FILE.gguf where those have it, step:ID, scripted:PATH, or
   * http://HOST:PORT/v1#MODEL of a server; or a list of places of one file, which `sha256` tells: the first that
   * answers gives it.
   */
  readonly source: string | readonly string[];
  /** What it is called on screens: its short name, where it is one of the catalogue. */
  readonly name?: string;
  /** Tokens of context; the model's own, at most 4096, unless told. */
  readonly contextTokens?: number;
  /** Most tokens of a prompt that are evaluated at once; 512 unless told. */
  readonly batchTokens?: number;
  /** Number format of what is kept of the tokens before (the KV cache); f16 unless told. */
  readonly cacheType?: CacheType;
  /** Whether attention is computed without its whole matrix; true unless told. */
  readonly flashAttention?: boolean;
  /** SHA-256 that the model file must have. */
  readonly sha256?: string;
  /** Size of the model file: what is said before it is fetched. */
  readonly bytes?: number;
  /** SPDX expression of its licence, where the file itself names none. */
  readonly licence?: string;
  /** chatml, harmony, qwen3, llama3, mistral, gemma, or a whole Jinja template; the model's own unless told. */
  readonly chatTemplate?: string;
  /** How long the model is told to think, where its chat format says it; medium unless told. */
  readonly reasoning?: "low" | "medium" | "high";
  /** The current date that its chat format tells, YYYY-MM-DD; the same every day. */
  readonly date?: string;
  /** A LoRA adapter in GGUF that the weights are used with; named as a source is. */
  readonly adapter?: string;
  /** Number format that the weights are made into before they are loaded; the file's own unless told. */
  readonly quantization?: ModelType;
  /** The prompt file that it is asked by, where a step names none. */
  readonly prompt?: string;
  /** The form in which it is asked, where a step names none. */
  readonly form?: PromptForm;
  /** Who is asked in its place where no place of it answers: a name under `models:`, or a short name. */
  readonly fallback?: string;
  /** How it is asked, where a server answers for it. */
  readonly endpoint?: EndpointSpec;
  /** Whether it was made to embed texts, and writes none: false unless told. */
  readonly embeds?: boolean;
  /** What it is good for, in a few words. */
  readonly about?: string;
}

/** What it is called where there is room for one name: its own, or the first place that it is at. */
export function nameOf({ name, source }: Pick<ModelSpec, "name" | "source">): string {
  return name ?? [source].flat()[0] ?? "";
}
