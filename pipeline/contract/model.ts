import type { Capability, MethodsOf, SomeMethods } from "./capabilities.js";
import type { ChatFormatName, ChatText } from "./chat-formats.js";
import { hashValue } from "../system/hash.js";
import type { Message } from "./message.js";
import type { ModelRef } from "./model-ref.js";

export type { Capability, ConversationTokens } from "./capabilities.js";
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

/** What goes with a question, and changes nothing of its answer. */
export interface GenerateOptions {
  /** Called with each piece of the text as it comes; the pieces are the text. */
  readonly onToken?: (text: string) => void;
  /** What the answer is about, as a user knows it: for those who watch it being written. */
  readonly about?: string;
  /** Stops the generation: it fails as interrupted. */
  readonly signal?: AbortSignal;
}

/**
 * A question to a model: all that decides its answer, together with the model itself. Equal requests of equal models
 * are answered once, and remembered.
 */
export interface GenerateRequest<C extends Capability = Capability> {
  /** Messages are written in the model's chat format; a text is completed as it stands. */
  readonly prompt: string | RawPrompt | readonly Message[];
  /** A leading part of a raw prompt that other requests share: evaluated once as a block of its own. */
  readonly sharedPrefix?: string;
  /** Text that the answer is made to begin with; it is part of the returned text. */
  readonly prefill?: string;
  /** Evaluates it as a block of its own, so that requests that differ in it alone share the work of the prompt. */
  readonly prefillApart?: boolean;
  readonly sampling?: Sampling;
  /** The answer ends before the first of these texts. */
  readonly stop?: readonly string[];
  /** GBNF grammar that the answer must follow: of a model that was asked for with `grammar`. */
  readonly grammar?: C extends "grammar" ? string : never;
  /** Most tokens to generate; 512 unless told. */
  readonly maxTokens?: number;
  /** Which of several samples of one request this is: part of the seed. */
  readonly sample?: number;
}

/** A text that is completed as it stands, in which what it shows stays text. */
export interface RawPrompt {
  readonly pieces: ChatText;
}

/** How the next token is drawn, with llama.cpp's meaning of each; greedy unless told. */
export interface Sampling {
  /** 0 (the default) is greedy. */
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly repeatPenalty?: number;
}

/** An answer. */
export interface Generation {
  /** All that was written, thoughts too, as the model's chat format has it. */
  readonly text: string;
  /**
   * The answer as a message, where it was asked for with messages: thoughts and calls apart from the content. Left out
   * where a text was gone on with, which has no format.
   */
  readonly message?: Message;
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

/** What is known of a model once it is loaded, for cards and screens. */
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

declare module "./service.js" {
  interface Services {
    /** The model that an option names, with what the option asks for (see modelRef). */
    readonly model: <C extends Capability = never>(ref: ModelRef<C>) => Model<C>;
  }
}
