import { hashValue } from "./hash.js";

/** What a stage may ask of any language model, whichever backend runs it. */
export interface Model {
  /** As the pipeline file names it. */
  readonly ref: string;
  generate(request: GenerateRequest, options?: GenerateOptions): Promise<Generation>;
  /** Tokens of each text by the model's own tokenizer, without special tokens added. */
  countTokens(texts: readonly string[]): Promise<number[]>;
  /** The messages as the model's own chat template renders them. */
  renderChat(messages: readonly Message[], options?: { addGenerationPrompt?: boolean }): Promise<string>;
  /** What the model reads when it is asked with a conversation, and what it writes where its answer is the last message. */
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

export interface Message {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content: string;
}

export interface GenerateRequest {
  /** Messages go through the chat template; a string is completed as it stands. */
  readonly prompt: string | readonly Message[];
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
  /** `stop`: the model or a stop text ended it; `length`: cut at maxTokens or at the context's end. */
  readonly finish: "stop" | "length";
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
  readonly chatTemplate: string | null;
  readonly backend: string;
}

/** By what a model is known: the SHA-256 of its weights, and of the adapter and the number format where it has them. */
export function modelHash({ weights, adapter, quantization }: { readonly weights: string; readonly adapter: string | null; readonly quantization: string | null }): string {
  const parts = [weights, adapter, quantization].filter((part) => part !== null);
  return parts.length === 1 ? weights : hashValue(parts);
}
