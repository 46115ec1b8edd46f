import type { ServedModel, ServedModels } from "./served-model.js";

/** What an answer is made with. */
export interface Answering {
  readonly models: ServedModels;
  /** Of the request: answers and logs name it. */
  readonly id: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** A piece of a stream: an object that is sent as JSON. */
export type Piece = object;

/** An answer that is sent whole, or in pieces. */
export interface Answer {
  /** Who writes it. */
  readonly by: ServedModel;
  whole(): Promise<object>;
  stream(send: (piece: Piece) => void): Promise<void>;
}
