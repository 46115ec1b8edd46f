import type { Message } from "../message.js";
import type { ChatText } from "./chat-text.js";

/** How long a model can be told to think, from the shortest. */
export const reasoningLevels = ["low", "medium", "high"] as const;

/** What a conversation's text says beside its messages. */
export interface ChatSettings {
  /** How long the model is to think; medium unless told. */
  readonly reasoning?: (typeof reasoningLevels)[number] | undefined;
  /** The current date, as YYYY-MM-DD. No clock is read for it. */
  readonly date?: string | undefined;
}

/**
 * How conversations are written for a model: the same whether it is trained on them, asked with them, or they are
 * counted.
 */
export interface ChatFormat {
  /**
   * Texts that the format reserves. A program that reads rows as text would take them for marks, so that no message may
   * hold one.
   */
  readonly reserved: RegExp;
  /** Whether it can write calls of functions, and their results. */
  readonly tools: boolean;
  /** Messages that are over, as they stand before what comes next. */
  turns(messages: readonly Message[], settings: ChatSettings): ChatText;
  /** What a model goes on after when it is asked. */
  readonly opening: string;
  /** What it then writes, with the mark that ends it. */
  answer(message: Message): ChatText;
  /** What stands after that mark, in a row: no model is asked to write it. */
  readonly after: string;
  /** What stands between the opening and a text that the answer is made to begin with. */
  readonly beforePrefill: string;
  /**
   * The text of an answer, of what a model wrote so far; left out where it is the answer as it stands. `begun`: the
   * answer was made to begin with a text.
   */
  readonly read?: (written: ChatText, state: { readonly begun: boolean }) => string;
  /** The same answer as a message, with what its text does not tell; left out where the text tells all. */
  readonly message?: (written: ChatText, state: { readonly begun: boolean }) => Message;
  /** Whether what a model writes begins with its thoughts, which the opening opened. */
  readonly opensThoughts?: true;
}
