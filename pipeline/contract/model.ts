import type { AskedAndAnswered, ChatFormatName, ChatText } from "./chat-formats.js";
import { hashValue } from "../system/hash.js";
import type { Message } from "./message.js";

export type { Message } from "./message.js";

/** What a stage may ask of any language model, whichever backend runs it. */
export interface Model {
  /** As the pipeline file names it. */
  readonly ref: string;
  generate(request: GenerateRequest, options?: GenerateOptions): Promise<Generation>;
  /**
   * Tokens of each text by the model's own tokenizer, without special tokens added. A string is counted as what a
   * format writes.
   */
  countTokens(texts: readonly (string | ChatText)[]): Promise<number[]>;
  /** The messages as they are written for the model: in the chat format that it is asked in. */
  renderChat(messages: readonly Message[], options?: { addGenerationPrompt?: boolean }): Promise<ChatText>;
  /**
   * Conversations that end with an answer: what the model is asked with, and what it writes, up to the mark that ends
   * it.
   */
  renderAnswered(conversations: readonly (readonly Message[])[]): Promise<AskedAndAnswered[]>;
  /** The control tokens of its vocabulary, as they are written. */
  controlTokens(): Promise<readonly string[]>;
  /**
   * What the model reads when it is asked with a conversation, and what it writes where its answer is the last message.
   */
  conversationTokens(conversations: readonly (readonly Message[])[]): Promise<ConversationTokens[]>;
  info(): Promise<ModelInfo>;
  /** The file that holds its weights, fetched where it is not there yet: for programs that read it themselves. */
  weights(): Promise<{ readonly path: string; readonly sha256: string }>;
}

/** Tokens of a conversation that ends with an answer, by the model's own tokenizer and chat template. */
export interface ConversationTokens {
  readonly prompt: readonly number[];
  /** The answer as the chat template writes it, up to the token that ends it. */
  readonly answer: readonly number[];
}

export interface GenerateOptions {
  /** Called with each piece of the text as it comes; the pieces are the text. */
  readonly onToken?: (text: string) => void;
  /** What the answer is about, as a user knows it: for those who watch it being written. */
  readonly about?: string;
  /** Stops the generation: it fails as interrupted. */
  readonly signal?: AbortSignal;
}

export interface GenerateRequest {
  /** Messages are written in the model's chat format; a text is completed as it stands. */
  readonly prompt: string | RawPrompt | readonly Message[];
  /** A leading part of a raw prompt that other requests share: evaluated once as a block of its own. */
  readonly sharedPrefix?: string;
  /** Text that the answer is made to begin with; it is part of the returned text. */
  readonly prefill?: string;
  readonly sampling?: Sampling;
  /** The answer ends before the first of these texts. */
  readonly stop?: readonly string[];
  /** GBNF grammar that the answer must follow. */
  readonly grammar?: string;
  /** Most tokens to generate; 512 unless told. */
  readonly maxTokens?: number;
  /** Which of several samples of one request this is: part of the seed. */
  readonly sample?: number;
}

/** A text that is completed as it stands, in which what it shows stays text. */
export interface RawPrompt {
  readonly pieces: ChatText;
}

export interface Sampling {
  /** 0 (the default) is greedy. */
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly repeatPenalty?: number;
}

export interface Generation {
  readonly text: string;
  readonly tokens: { readonly prompt: number; readonly generated: number };
  /**
   * `stop`: the model or a stop text ended it; `length`: cut at maxTokens or at the context's end; `repetition`: cut
   * where it had begun to write the same lines again and again, which are left in the text.
   */
  readonly finish: "stop" | "length" | "repetition";
  /** Wall seconds; for the screen, never for a record. */
  readonly seconds: number;
  /** True where the answer came from the memo and nothing was computed. */
  readonly remembered: boolean;
}

export interface ModelInfo {
  readonly name: string;
  readonly sha256: string;
  readonly licence: string | null;
  readonly contextTokens: number;
  readonly bytes: number;
  /**
   * The Jinja template that conversations are written with; null where there is none, or a format that ships is used.
   */
  readonly chatTemplate: string | null;
  /** The format that ships and is used instead of a template. */
  readonly chatFormat: ChatFormatName | null;
  readonly backend: string;
  /** The model that was wanted and could not be had, where this one stands in for it. */
  readonly insteadOf?: string;
}

/** By what a model is known: the SHA-256 of its weights, and of the adapter and the number format where it has them. */
export function modelHash({
  weights,
  adapter,
  quantization,
}: {
  readonly weights: string;
  readonly adapter: string | null;
  readonly quantization: string | null;
}): string {
  const parts = [weights, adapter, quantization].filter((part) => part !== null);
  return parts.length === 1 ? weights : hashValue(parts);
}
