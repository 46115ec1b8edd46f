import type { Asker } from "../contract/service.js";
import type {
  BackendModel,
  Embeddings,
  GenerateOptions,
  GenerateRequest,
  Generation,
  InfillRequest,
} from "../contract/model.js";
import type { MemoryNeed } from "./llama/layout.js";

/** A model with what runs it, and what the service needs to know of that. */
export interface RunningModel<M extends BackendModel = BackendModel> {
  /** It owns the queue of what is asked of it: as many at once as it can, in turns, and none twice. */
  readonly model: Omit<M, keyof Queueing> & Queueing;
  /** Requests that it can work on at once, in the memory that it is allowed. */
  capacity(): number;
  /** What it takes of memory while it is asked; null: nothing to speak of. */
  need(): MemoryNeed | null;
  /** Bytes that it holds now. */
  heldBytes(): number;
  /** Lets it take so many bytes; processes beyond that end. */
  allow(bytes: number): Promise<void>;
  /** Ends its processes, and what is being fetched or made for it. */
  close(): Promise<void>;
}

/** Asks for an answer on behalf of somebody, and waits for the turn of that one. */
export interface Queueing {
  generate(request: GenerateRequest, options?: GenerateOptions & AskedFor): Promise<Generation>;
  /** Of a model that can. */
  readonly infill?: (request: InfillRequest, options?: GenerateOptions & AskedFor) => Promise<Generation>;
  readonly embed?: (
    texts: readonly string[],
    options?: Pick<GenerateOptions, "signal"> & AskedFor,
  ) => Promise<Embeddings>;
}

/** Whose turn it is that a request waits for. */
export interface AskedFor {
  readonly asker?: Asker;
}
