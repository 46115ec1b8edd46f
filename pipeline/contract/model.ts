import type { Capability, MethodsOf, SomeMethods } from "./capabilities.js";
import type { JsonSchema } from "./grammar/json-schema.js";
import type { ChatFormatName, ChatText } from "./chat-formats.js";
import { hashValue } from "../system/hash.js";
import type { Message } from "./message.js";
import type { ModelRef } from "./model-ref.js";
import type { GenerateOptions, Generation, WritingSettings } from "./writing.js";

export type { Capability, ConversationTokens } from "./capabilities.js";
export type { Embeddings, Pooling } from "./embeddings.js";
export type { GenerateOptions, Generation, InfillRequest, Sampling, WrittenToken } from "./writing.js";
export type { Message } from "./message.js";

/**
 * A language model, whichever backend runs it: every one writes, and can do what the option that names it asks for
 * with `modelRef({ can: [...] })`, and nothing else.
 *
 * @example
 *   const [tokens = 0] = await context.model(options.model).countTokens(["def add(a, b):"]); // modelRef({ can:
 *   ["tokens"] })
 */
export type Model<C extends Capability = never> = Writer<C> & MethodsOf<C>;

/** A model as its backend makes it: with the methods of what it can. */
export type BackendModel = Writer<Capability> & SomeMethods;

interface Writer<C extends Capability> {
  /** As the pipeline file names it. */
  readonly ref: string;
  generate(request: GenerateRequest<C>, options?: GenerateOptions): Promise<Generation>;
  info(): Promise<ModelInfo>;
}

/**
 * A question to a model: all that decides its answer, together with the model itself. Equal requests of equal models
 * are answered once, and remembered.
 */
export interface GenerateRequest<C extends Capability = Capability> extends WritingSettings {
  /** Messages are written in the model's chat format; a text is completed as it stands. */
  readonly prompt: string | RawPrompt | readonly Message[];
  /** A leading part of a raw prompt that other requests share: evaluated once as a block of its own. */
  readonly sharedPrefix?: string;
  /**
   * Evaluates the prefill as a block of its own, so that requests that differ in it alone share the work of the prompt.
   */
  readonly prefillApart?: boolean;
  /** GBNF grammar that the answer must follow: of a model that was asked for with `grammar`. */
  readonly grammar?: C extends "grammar" ? string : never;
  /** JSON schema of which the answer must hold, in the place of a grammar: of a model asked for with `schema`. */
  readonly schema?: C extends "schema" ? JsonSchema : never;
  /**
   * Has the answer tell how likely each of its tokens was, and so many of the likeliest in its place, at most 20: of a
   * model asked for with `logprobs`.
   */
  readonly logprobs?: C extends "logprobs" ? number : never;
}

/** A text that is completed as it stands, in which what it shows stays text. */
export interface RawPrompt {
  readonly pieces: ChatText;
}

/** What is known of a model once it is loaded, for cards and screens. */
export interface ModelInfo {
  readonly name: string;
  /** Of its weights; of a served model whose weights nobody states, of where it is served and what the server says. */
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
  /** Where it is asked, and what the server says of it; left out where it is run here. */
  readonly served?: {
    readonly url: string;
    /** Which program answers; null where that is not known. */
    readonly server: string | null;
    readonly facts: Readonly<Record<string, unknown>>;
  };
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

declare module "./service.js" {
  interface Services {
    /** The model that an option names, with what the option asks for (see modelRef). */
    readonly model: <C extends Capability = never>(ref: ModelRef<C>) => Model<C>;
  }
}
