import { z } from "zod";
import { hashValue } from "../../system/hash.js";
import type { AnswerListener, Lockfile } from "../../contract/service.js";
import { outcome } from "../../partition/outcome.js";
import type { HostFunctions } from "../../partition/protocol.js";
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
  readonly lockfile: Lockfile;
}

/** Whom a host tells what happens while it answers. */
export interface HostListeners {
  readonly progress: HostFunctions["progress"];
  readonly atRest: HostFunctions["atRest"];
  readonly item: HostFunctions["item"];
  readonly spend: HostFunctions["spend"];
  readonly event: HostFunctions["event"];
  /** Where somebody watches answers being written. */
  readonly watch?: ((about: string) => AnswerListener) | undefined;
  /** Takes what a service tells on a stream that the partition listens to, as a JSON text. */
  readonly tell: (stream: number, text: string) => void;
}

/** Answers a partition's calls with the services of this process. */
export function createHost(
  { answer, capacity }: HostServices,
  { store, claims, lockfile }: HostMemory,
  { tell, watch, ...listeners }: HostListeners,
): HostFunctions {
  const answers = new Map<number, AnswerListener>();
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
    pinned: (reference) => outcome(() => lockfile.kept(reference, entry)),
    pin: (reference, resolved) => outcome(async () => await lockfile.pin(reference, entry, async () => resolved)),
    written: (answer, about, text, done) => {
      const listener = answers.get(answer) ?? watch?.(about);
      if (listener === undefined) return;
      answers.set(answer, listener);
      if (done) listener.end();
      else listener.text(text);
    },
    ...listeners,
    heard: async () => undefined,
  };
}

/** An entry of the lock file, whatever it says: who asks for it knows its form. */
const entry = z.unknown().refine((value) => value !== undefined);
