import { defineService } from "../pipeline/contract/service.js";
import { compiledModule } from "../pipeline/system/paths.js";

/** The programs that train and convert models. */
export const finetuning = defineService({
  name: "finetuning",
  place: "node",
  methods: ["train", "convert", "tool", "limits", "identity"],
  streams: ["train", "convert"],
  modules: ["finetuning/train.js", "finetuning/convert.js"].map(compiledModule),
  async make({ context }) {
    const { createFineTuning } = await import("./service.js");
    return createFineTuning(context);
  },
  fingerprint: async ({ api }) => await (await api()).identity(),
});
