import type { AskedAndAnswered, ChatSettings, ChatText } from "../../contract/chat-formats.js";
import type { CacheType } from "../../contract/model-spec.js";
import type { SerializedError } from "../../system/errors.js";
import type {
  ConversationTokens,
  Generation,
  InfillRequest,
  Message,
  Pooling,
  RawPrompt,
  Sampling,
  WrittenToken,
} from "../../contract/model.js";

/** How a process holds a model. All of it can change what the model answers, so all of it is in the memo's key. */
export interface LlamaShape {
  readonly threads: number;
  /** Sequences that are decoded together; with 1, what a request answers depends on that request alone. */
  readonly sequences: number;
  /** Tokens of one sequence; null: as many as the model was trained for, at most 4096. */
  readonly contextTokens: number | null;
  /** Most tokens that are evaluated in one block. */
  readonly batchTokens: number;
  readonly flashAttention: boolean;
  /** Number format of the KV cache; missing: f16. */
  readonly cacheType?: CacheType;
}

/** How a process holds a model to embed texts: one at a time, whatever comes before it. */
export interface EmbeddingShape {
  readonly threads: number;
  /** Most tokens of a text; null: as many as the model was trained for, at most 2048. */
  readonly contextTokens: number | null;
  /** Most tokens that are evaluated in one block, where the model does not need all of a text in one. */
  readonly batchTokens: number;
}

/** What a process may be opened for once it has loaded a model: each takes memory of its own. */
export type Use = "writing" | "embeddings";

/** What is asked of a process; shapes of null load the vocabulary alone. */
export interface LoadRequest {
  readonly path: string;
  readonly shapes: { readonly writing: LlamaShape; readonly embeddings: EmbeddingShape } | null;
  /** A LoRA adapter in GGUF; null: the weights as they are. */
  readonly adapter: string | null;
  /** The name of a format that ships, or a Jinja template, instead of the template that the model brings. */
  readonly chatTemplate: string | null;
  readonly chatSettings: ChatSettings;
}

/** A gap in a text, by what stands around it and beside it. */
export type InfillPrompt = Pick<InfillRequest, "prefix" | "suffix" | "path" | "files" | "repository">;

/** What an answer goes on with, or fills. */
export type LlamaPrompt = string | RawPrompt | InfillPrompt | readonly Message[];

/** What is asked of a process that writes, with nothing left open. */
export interface LlamaRequest {
  readonly prompt: LlamaPrompt;
  readonly sharedPrefix: string;
  readonly prefill: string;
  /** Missing where it is evaluated with what stands before it. */
  readonly prefillApart?: true;
  readonly sampling: Required<Sampling>;
  readonly seed: number;
  readonly stop: readonly string[];
  readonly grammar: string | null;
  /** How many of the likeliest tokens are told in the place of each; missing: nothing of it is. */
  readonly logprobs?: number;
  readonly maxTokens: number;
}

/** What a process has written. */
export interface LlamaAnswer {
  readonly text: string;
  readonly tokens: Generation["tokens"];
  readonly logprobs?: readonly WrittenToken[];
  readonly finish: "stop" | "length" | "repetition";
  /** The answer as a message, where it calls functions or speaks in a channel: its text does not tell that. */
  readonly message?: Message;
}

/** What the GGUF says of itself. */
export interface GgufFacts {
  readonly licence: string | null;
  readonly contextTokens: number;
  readonly chatTemplate: string | null;
  /** Whether its vocabulary has tokens for a gap in a text. */
  readonly infill: boolean;
  /** Whether it makes a vector of a text. */
  readonly embeddings: boolean;
}

/** The vector of a text, as a process computes it. */
export interface LlamaEmbedding {
  /** Float32, little-endian, in base64: as it is kept, and sent between machines. */
  readonly vector: string;
  readonly tokens: number;
  readonly pooling: Pooling;
}

/** What a process tells once it is opened for a use. */
export interface OpenedModel {
  /**
   * Bytes that the process holds for itself, beside the file that all processes of a model map; null where nobody
   * tells.
   */
  readonly ownBytes: number | null;
}

/** A value, or the failure as data. */
export type Outcome<T> = { readonly value: T } | { readonly error: SerializedError };

/** What the child process does for its parent. Failures come back as data: error classes do not cross processes. */
export interface LlamaWorkerFunctions {
  /** Loads llama.cpp and answers which CPU variant of it runs here. */
  start(): Promise<Outcome<string>>;
  load(request: LoadRequest): Promise<Outcome<GgufFacts>>;
  /** Makes ready for a use what is loaded. */
  open(use: Use): Promise<Outcome<OpenedModel>>;
  /** Tells the text as it comes where somebody `listens`: a message a token is felt. */
  generate(id: number, request: LlamaRequest, listens: boolean): Promise<Outcome<LlamaAnswer>>;
  abort(id: number): void;
  embed(text: string): Promise<Outcome<LlamaEmbedding>>;
  countTokens(texts: readonly (string | ChatText)[]): Promise<Outcome<number[]>>;
  conversationTokens(conversations: readonly (readonly Message[])[]): Promise<Outcome<ConversationTokens[]>>;
  renderChat(messages: readonly Message[], addGenerationPrompt: boolean): Promise<Outcome<ChatText>>;
  renderAnswered(conversations: readonly (readonly Message[])[]): Promise<Outcome<AskedAndAnswered[]>>;
  controlTokens(): Promise<Outcome<readonly string[]>>;
}

/** What the parent is told by a child process. */
export interface LlamaHostFunctions {
  /** Text that will not change any more. */
  text(id: number, text: string): void;
  /** Tokens generated since the last call, and the process's memory now (bytes; shared pages in proportion). */
  activity(tokens: number, memoryBytes: number): void;
}
