import { defineService } from "../contract/service.js";
import { compiledModule } from "../system/paths.js";

/** The places that code comes from. */
export const sources = defineService({
  name: "sources",
  place: "node",
  methods: ["fetch", "tree"],
  modules: [compiledModule("pipeline/sources/service.js")],
  async make({ context }) {
    const { createSources } = await import("./service.js");
    return createSources(context);
  },
});
