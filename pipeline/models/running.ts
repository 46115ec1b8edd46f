import type { Model } from "../model.js";

/** A model with what runs it, and what the service needs to know of that. */
export interface RunningModel {
  readonly model: Model;
  /** Requests that it can work on at once. */
  readonly capacity: number;
  /** Ends its processes. */
  close(): Promise<void>;
}
