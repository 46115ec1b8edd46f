import { PipelineError } from "../pipeline/errors.js";
import type { FineTuning } from "../pipeline/finetuning.js";
import type { Service, ServiceContext } from "../pipeline/service.js";
import { convert } from "./convert.js";
import { fineTuningIdentity } from "./identity.js";
import { train } from "./train.js";
import { trainers } from "./trainers.js";

/** Runs the programs that train and convert models. Installs and starts nothing before it is asked to. */
export function createFineTuning(context: ServiceContext): Service<FineTuning> {
  const stop = new AbortController();
  const running = new Set<Promise<unknown>>();

  /** What is still at work when the service closes is waited for: it saves what it has. */
  async function whileOpen<T>(work: Promise<T>): Promise<T> {
    if (stop.signal.aborted) throw new PipelineError("interrupted", { code: "interrupted" });
    running.add(work);
    return await work.finally(() => running.delete(work));
  }

  return {
    api: {
      train: (request, onProgress) => whileOpen(train(request, { context, signal: stop.signal, onProgress })),
      convert: (request, onProgress) => whileOpen(convert(request, { context, signal: stop.signal, onProgress })),
      tool: async (trainer) => await trainers[trainer].tool(),
      limits: async (trainer, config) => trainers[trainer].limits(config),
      identity: fineTuningIdentity,
    },
    capacity: () => 1,
    async close() {
      stop.abort();
      await Promise.allSettled(running);
    },
  };
}
