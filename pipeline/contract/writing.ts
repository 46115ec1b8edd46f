import type { Message } from "./message.js";

/** What goes with a question, and changes nothing of its answer. */
export interface GenerateOptions {
  /** Called with each piece of the text as it comes; the pieces are the text. */
  readonly onToken?: (text: string) => void;
  /** What the answer is about, as a user knows it: for those who watch it being written. */
  readonly about?: string;
  /** Stops the generation: it fails as interrupted. */
  readonly signal?: AbortSignal;
}

/** How an answer is drawn and ended, whatever it is asked with. */
export interface WritingSettings {
  /** Text that the answer is made to begin with; it is part of the returned text. */
  readonly prefill?: string;
  readonly sampling?: Sampling;
  /** The answer ends before the first of these texts. */
  readonly stop?: readonly string[];
  /** Most tokens to generate; 512 unless told. */
  readonly maxTokens?: number;
  /** Which of several samples of one request this is: part of the seed. */
  readonly sample?: number;
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

/** A gap in a text that a model is to fill, by what stands around it. */
export interface InfillRequest extends WritingSettings {
  /** What comes before the gap. */
  readonly prefix: string;
  /** What comes after it; may be empty. */
  readonly suffix: string;
  /** What the file with the gap is called, as the project calls it: of a model that was trained to be told. */
  readonly path?: string;
  /** Other files that it may go by, the most telling last: of a model that was trained to be told of some. */
  readonly files?: readonly NeighbourFile[];
  /** What the project is called. */
  readonly repository?: string;
}

/** A file beside the one with a gap. */
export interface NeighbourFile {
  readonly path: string;
  readonly text: string;
}

/** A token as it was drawn: how likely it was, after whatever the sampling did to the chances. */
export interface WrittenToken extends TokenChance {
  /** The likeliest in its place, the likeliest first. */
  readonly top: readonly TokenChance[];
}

/** A token, and the natural logarithm of how likely it was. */
export interface TokenChance {
  readonly text: string;
  readonly logprob: number;
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
  readonly tokens: {
    readonly prompt: number;
    readonly generated: number;
    /** Of the prompt, those whose work was there from an earlier answer; left out where nobody knows. */
    readonly cached?: number;
  };
  /** Its tokens, where the request wanted to know how likely they were. */
  readonly logprobs?: readonly WrittenToken[];
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
