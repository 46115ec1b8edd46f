import { createStopWithin } from "../../system/abort.js";
import { PipelineError, serializeError } from "../../system/errors.js";
import { hashValue } from "../../system/hash.js";
import type { HostFunctions, Outcome } from "../../partition/protocol.js";
import type { FineTuning } from "../../contract/finetuning.js";
import type { GenerateRequest, Generation, Model } from "../../contract/model.js";
import type { Sandbox } from "../../contract/sandbox.js";
import type { Sources } from "../../contract/sources.js";
import type { PartitionClaims } from "../state/claims.js";
import type { Store } from "../state/store.js";

/** The services of a run, as partitions reach them. */
export interface HostServices {
  readonly model: (ref: string) => Model;
  readonly sandbox: Sandbox;
  readonly sources: Sources;
  readonly finetuning: FineTuning;
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
  /** Takes text of a stream that the partition listens to. */
  readonly stream: (stream: number, text: string) => void;
  /** Called when a model begins an answer; takes its text as it comes. */
  readonly watch?: ((about: string) => AnswerListener) | undefined;
  /** Aborted when the partition is not to go on: what it has asked of models stops. */
  readonly signal: AbortSignal;
}

export interface AnswerListener {
  readonly text: (text: string) => void;
  readonly end: () => void;
}

/** Answers a partition's calls with the services of the main thread. */
export function createHost(
  services: HostServices,
  { store, claims }: HostMemory,
  { progress, atRest, item, stream, watch, signal }: HostListeners,
): HostFunctions {
  const generations = new Map<number, AbortController>();
  return {
    call: (service, method, args, streamId) =>
      outcome(() => {
        const listener = streamId === null ? [] : [(value: unknown) => stream(streamId, JSON.stringify(value))];
        return invoke(services[service], method, [...args, ...listener]);
      }),
    model: (ref, method, args) => outcome(() => invoke(services.model(ref), method, args)),
    generate: (ref, id, request, { about, listens }) =>
      outcome(async () => {
        const { stop, release } = createStopWithin(signal);
        generations.set(id, stop);
        try {
          const listen = listens ? (text: string) => stream(id, text) : undefined;
          return await generate(services.model(ref), request, { signal: stop.signal, listen, watcher: watch?.(about) });
        } finally {
          generations.delete(id);
          release();
        }
      }),
    stop: (id) => generations.get(id)?.abort(),
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

interface Generating {
  readonly signal: AbortSignal;
  readonly listen: ((text: string) => void) | undefined;
  readonly watcher: AnswerListener | undefined;
}

async function generate(
  model: Model,
  request: GenerateRequest,
  { signal, listen, watcher }: Generating,
): Promise<Generation> {
  if (listen === undefined && watcher === undefined) return await model.generate(request, { signal });
  try {
    return await model.generate(request, {
      signal,
      onToken: (text) => {
        listen?.(text);
        watcher?.text(text);
      },
    });
  } finally {
    watcher?.end();
  }
}

async function outcome(work: () => unknown): Promise<Outcome> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: serializeError(error) };
  }
}

function invoke(service: object, method: string, args: readonly unknown[]): unknown {
  const found: unknown = (service as Record<string, unknown>)[method];
  if (typeof found !== "function") throw new PipelineError(`no method ${method} in this service`, { code: "internal" });
  return Reflect.apply(found, service, args);
}
