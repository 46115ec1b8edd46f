import type { AskedAndAnswered, ChatText } from "./chat-formats.js";
import type { Embeddings } from "./embeddings.js";
import type { Message } from "./message.js";
import type { GenerateOptions, Generation, InfillRequest } from "./writing.js";

/** What a model may be able to do beside writing: the methods of all capabilities. */
interface Methods {
  /**
   * Tokens of each text by the model's own tokenizer, without special tokens added. A string is counted as what a
   * format writes.
   */
  countTokens(texts: readonly (string | ChatText)[]): Promise<number[]>;
  /** The control tokens of its vocabulary, as they are written. */
  controlTokens(): Promise<readonly string[]>;
  /**
   * What the model reads when it is asked with a conversation, and what it writes where its answer is the last message.
   */
  conversationTokens(conversations: readonly (readonly Message[])[]): Promise<ConversationTokens[]>;
  /** The messages as they are written for the model: in the chat format that it is asked in. */
  renderChat(messages: readonly Message[], options?: { addGenerationPrompt?: boolean }): Promise<ChatText>;
  /**
   * Conversations that end with an answer: what the model is asked with, and what it writes, up to the mark that ends
   * it.
   */
  renderAnswered(conversations: readonly (readonly Message[])[]): Promise<AskedAndAnswered[]>;
  /** The file that holds its weights, fetched where it is not there yet: for programs that read it themselves. */
  weights(): Promise<{ readonly path: string; readonly sha256: string }>;
  /**
   * What texts mean, as vectors: those of texts that mean the same point the same way. Each text is embedded by itself,
   * so that its vector depends on no other one, and is remembered by its own. Throws a PipelineError where a text is
   * empty (`stage`) or longer than the model takes (`prompt-too-long`): none is cut.
   *
   * @example
   *   const { vectors, dimensions } = await context.model(options.model).embed(files.map(({ text }) => text));
   */
  embed(texts: readonly string[], options?: Pick<GenerateOptions, "signal">): Promise<Embeddings>;
  /**
   * Writes what stands between two texts, which are code as a rule, by the tokens that the model was trained with for
   * that. What the texts hold stays text.
   *
   * @example
   *   const model = context.model(options.model);
   *   const { text } = await model.infill({ prefix: "def add(a, b):\n    return ", suffix: "\n\n\nadd(1, 2)\n" });
   */
  infill(request: InfillRequest, options?: GenerateOptions): Promise<Generation>;
}

/** Tokens of a conversation that ends with an answer, by the model's own tokenizer and chat template. */
export interface ConversationTokens {
  readonly prompt: readonly number[];
  /** The answer as the chat template writes it, up to the token that ends it. */
  readonly answer: readonly number[];
}

/**
 * What can be asked of a model with `modelRef({ can: [...] })`, and the methods that come with it. Every model writes;
 * `grammar`, `schema` and `logprobs` have no methods of their own: with them, a request may ask for that.
 */
export const capabilities = {
  tokens: ["countTokens", "controlTokens", "conversationTokens"],
  template: ["renderChat", "renderAnswered"],
  weights: ["weights"],
  grammar: [],
  schema: [],
  logprobs: [],
  embeddings: ["embed"],
  infill: ["infill"],
} as const satisfies Record<string, readonly (keyof Methods)[]>;
/** Something that a model may be able to do beside writing, as `modelRef({ can: [...] })` asks for it. */
export type Capability = keyof typeof capabilities;

/** The methods of these capabilities, and no others. */
export type MethodsOf<C extends Capability> = Pick<Methods, (typeof capabilities)[C][number]>;

/** The methods that a backend has: those of what it can, all of a capability or none. */
export type SomeMethods = Partial<Methods>;

/** What to do where a model's own file says that it cannot. */
export const capabilityHints: Readonly<Record<"embeddings" | "infill" | "tokens" | "template", string>> = {
  tokens: "say whose tokenizer the served model has: endpoint: { tokenizer: hf:OWNER/REPO }",
  template: "say whose chat template the served model has: endpoint: { tokenizer: hf:OWNER/REPO }",
  embeddings:
    "name a model that is made for embeddings, whose file says how the vectors of tokens become one (pooling_type)",
  infill:
    "name a model whose vocabulary has tokens for that, since it was trained for it, as coder-0.5b and coder-1.5b were",
};

/** What a model that lacks a capability cannot do, for messages: "the model cannot ...". */
export const capabilityWords: Readonly<Record<Capability, string>> = {
  tokens: "tell its tokens (tokens)",
  template: "tell how it writes a conversation (template)",
  weights: "be had as a file of weights (weights)",
  grammar: "be held to a grammar (grammar)",
  schema: "be held to a JSON schema (schema)",
  logprobs: "tell how likely the tokens of an answer were (logprobs)",
  embeddings: "embed texts as vectors (embeddings)",
  infill: "fill a gap in a text (infill)",
};
