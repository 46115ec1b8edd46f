import { WorkInHand } from "../pipeline/system/abort.js";
import type { FineTuning } from "../pipeline/contract/finetuning.js";
import type { Service, ServiceContext } from "../pipeline/contract/service.js";
import { convert } from "./convert.js";
import { fineTuningIdentity } from "./identity.js";
import { train } from "./train.js";
import { trainers } from "./trainers.js";

/** Runs the programs that train and convert models. Installs and starts nothing before it is asked to. */
export function createFineTuning(given: ServiceContext): Service<FineTuning> {
  const work = new WorkInHand(given.signal);
  const context = { ...given, signal: work.signal };
  return {
    api: {
      train: (request, onProgress) => work.run(() => train(request, { context, onProgress })),
      convert: (request, onProgress) => work.run(() => convert(request, { context, onProgress })),
      tool: async (trainer) => await trainers[trainer].tool(),
      limits: async (trainer, config) => trainers[trainer].limits(config),
      identity: fineTuningIdentity,
    },
    /** What is still at work is waited for: it saves what it has. */
    async close() {
      work.abort();
      await work.ended();
    },
  };
}
