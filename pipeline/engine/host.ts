import { PipelineError, serializeError } from "../errors.js";
import { hashValue } from "../hash.js";
import type { HostFunctions, Outcome } from "../executors/protocol.js";
import type { FineTuning } from "../finetuning.js";
import type { GenerateOptions, GenerateRequest, Generation, Model } from "../model.js";
import type { Sandbox } from "../sandbox.js";
import type { Sources } from "../sources.js";
import type { PartitionClaims } from "./claims.js";
import type { Store } from "./store.js";

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
  /** Takes text of a stream that the partition listens to. */
  readonly stream: (stream: number, text: string) => void;
  /** Called when a model begins an answer; takes its text as it comes. */
  readonly watch?: ((about: string) => AnswerListener) | undefined;
}

export interface AnswerListener {
  readonly text: (text: string) => void;
  readonly end: () => void;
}

/** Answers a partition's calls with the services of the main thread. */
export function createHost(services: HostServices, { store, claims }: HostMemory, { progress, stream, watch }: HostListeners): HostFunctions {
  return {
    call: (service, method, args, streamId) => outcome(() => {
      const listener = streamId === null ? [] : [(value: unknown) => stream(streamId, JSON.stringify(value))];
      return invoke(services[service], method, [...args, ...listener]);
    }),
    model: (ref, method, args, streamId) => outcome(() => {
      const model = services.model(ref);
      if (method !== "generate") return invoke(model, method, args);
      const [request, { about = "" } = {}] = args as [GenerateRequest, GenerateOptions?];
      return generate(model, request, streamId === null ? undefined : (text) => stream(streamId, text), watch?.(about));
    }),
    recall: (key) => outcome(() => claims.take(hashValue(key), () => store.recall(key))),
    keep: (key, value) => outcome(() => {
      store.keep(key, value);
      claims.giveUp(hashValue(key));
    }),
    giveUp: (key) => outcome(() => claims.giveUp(hashValue(key))),
    progress,
  };
}

async function generate(model: Model, request: GenerateRequest, listen: ((text: string) => void) | undefined, watcher: AnswerListener | undefined): Promise<Generation> {
  if (listen === undefined && watcher === undefined) return await model.generate(request);
  try {
    return await model.generate(request, {
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
