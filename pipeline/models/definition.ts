import { compiledModule } from "../system/paths.js";
import { defineService } from "../contract/service.js";
import { clientOfModels, methodsOfModels, serveModels, streamsOfModels } from "./remote.js";
import type { GgufMakers } from "./weights/gguf-of.js";

/**
 * Language models, by the names that options give them.
 * @param makers what makes the GGUF file that is loaded, of a folder or in another number format
 */
export function modelService(makers: () => Promise<GgufMakers>) {
  return defineService({
    name: "model",
    place: "node",
    methods: methodsOfModels,
    streams: streamsOfModels,
    modules: [
      "pipeline/models/llama/worker.js",
      "pipeline/models/generation-key.js",
      "pipeline/models/llama/layout.js",
      "pipeline/models/scripted.js",
    ].map(compiledModule),
    async make({ context, settings: { determinism, threads } }) {
      const { createModels } = await import("./service.js");
      return createModels(context, {
        determinism,
        makers: await makers(),
        ...(threads !== undefined && { threads }),
      });
    },
    async fingerprint({ models, settings: { determinism, threads } }) {
      const { modelSettings } = await import("./service.js");
      return modelSettings(models, { determinism, ...(threads !== undefined && { threads }) });
    },
    partition: { serve: serveModels, client: clientOfModels },
  });
}
