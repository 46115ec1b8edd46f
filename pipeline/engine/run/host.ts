import { serializeError } from "../../system/errors.js";
import { hashValue } from "../../system/hash.js";
import type { HostFunctions, Outcome } from "../../partition/protocol.js";
import type { Answer } from "../../partition/services/answer.js";
import type { PartitionClaims } from "../state/claims.js";
import type { Store } from "../state/store.js";

/** The services of a run, as one partition reaches them. */
export interface HostServices {
  readonly answer: Answer;
  readonly capacity: () => Promise<number>;
}

/** What a host keeps and looks up on a partition's behalf. */
export interface HostMemory {
  readonly store: Store;
  readonly claims: PartitionClaims;
}

/** Whom a host tells what happens while it answers. */
export interface HostListeners {
  readonly progress: HostFunctions["progress"];
  readonly atRest: HostFunctions["atRest"];
  readonly item: HostFunctions["item"];
  /** Takes what a service tells on a stream that the partition listens to, as a JSON text. */
  readonly tell: (stream: number, text: string) => void;
}

/** Answers a partition's calls with the services of this process. */
export function createHost(
  { answer, capacity }: HostServices,
  { store, claims }: HostMemory,
  { progress, atRest, item, tell }: HostListeners,
): HostFunctions {
  return {
    call: (service, method, args, stream) =>
      outcome(() => {
        const listener = stream === null ? null : (value: unknown) => tell(stream, JSON.stringify(value));
        return answer(service, method, args, listener);
      }),
    capacity: () => outcome(capacity),
    recall: (key) => outcome(() => claims.take(hashValue(key), () => store.recall(key))),
    keep: (key, value) =>
      outcome(() => {
        store.keep(key, value);
        claims.giveUp(hashValue(key));
      }),
    giveUp: (key) => outcome(() => claims.giveUp(hashValue(key))),
    progress,
    atRest,
    item,
    heard: async () => undefined,
  };
}

async function outcome(work: () => unknown): Promise<Outcome> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: serializeError(error) };
  }
}
