import { PipelineError, serializeError } from "../errors.js";
import type { HostFunctions, Outcome } from "../executors/protocol.js";
import type { FineTuning } from "../finetuning.js";
import type { GenerateRequest, Model } from "../model.js";
import type { Sandbox } from "../sandbox.js";
import type { Sources } from "../sources.js";
import type { Store } from "./store.js";

/** The services of a run, as partitions reach them. */
export interface HostServices {
  readonly model: (ref: string) => Model;
  readonly sandbox: Sandbox;
  readonly sources: Sources;
  readonly finetuning: FineTuning;
}

type Progress = HostFunctions["progress"];

/** Answers a partition's calls with the services of the main thread. */
export function createHost(services: HostServices, store: Store, progress: Progress, stream: (stream: number, text: string) => void): HostFunctions {
  return {
    call: (service, method, args, streamId) => outcome(() => {
      const listener = streamId === null ? [] : [(value: unknown) => stream(streamId, JSON.stringify(value))];
      return invoke(services[service], method, [...args, ...listener]);
    }),
    model: (ref, method, args, streamId) => outcome(() => {
      const model = services.model(ref);
      if (method !== "generate" || streamId === null) return invoke(model, method, args);
      return model.generate(args[0] as GenerateRequest, { onToken: (text) => stream(streamId, text) });
    }),
    recall: (key) => outcome(() => store.recall(key)),
    keep: (key, value) => outcome(() => store.keep(key, value)),
    progress,
  };
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
