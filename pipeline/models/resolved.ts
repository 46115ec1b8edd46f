import type { ServiceContext } from "../contract/service.js";

/** A model that is pinned: known down to its content, fetched or not. Plain data; its backend knows more of it. */
export interface ResolvedModel {
  /** Name of the backend that runs it. */
  readonly backend: string;
  /** SHA-256 over everything in the specification that decides what the model answers. */
  readonly hash: string;
  /** What it is called in messages: its short name, or where it comes from. */
  readonly source: string;
  /** The model that was wanted and could not be had, where this one stands in for it. */
  readonly insteadOf?: string;
}

/** What resolving and fetching a model need. */
export type ModelContext = Pick<ServiceContext, "lockfile" | "baseDir" | "cacheDir" | "emit" | "signal">;
