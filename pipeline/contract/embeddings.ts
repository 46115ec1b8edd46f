/**
 * How the vectors of a text's tokens become one vector: the `mean` of all, that of the first (`cls`), or that of the
 * `last`, which is what a model gives that was made to write.
 */
export type Pooling = "mean" | "cls" | "last";

/** What a model makes of texts. */
export interface Embeddings {
  /** One a text, in their order, of `dimensions` numbers each. */
  readonly vectors: readonly Float32Array[];
  /** Numbers of a vector: the model's own. 0 where there is no text. */
  readonly dimensions: number;
  /** As the model's own file says; null where there is no text. */
  readonly pooling: Pooling | null;
  /** Whether the vectors have a Euclidean length of 1: then a dot product is the cosine of the angle between two. */
  readonly normalised: boolean;
  /** Tokens of each text, with those that the model begins and ends a text with. */
  readonly tokens: readonly number[];
}
