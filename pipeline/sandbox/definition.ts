import { defineService } from "../contract/service.js";

/** Where ingested and generated code runs. */
export const sandbox = defineService({
  name: "sandbox",
  place: "node",
  needs: ["sources"],
  methods: [
    "runTests",
    "observe",
    "mutate",
    "runInPlace",
    "runOriginal",
    "record",
    "discover",
    "check",
    "findTool",
    "checker",
    "otherPython",
    "identity",
  ],
  async check({ sandbox: wanted }) {
    const { backendName } = await import("./backends.js");
    backendName(wanted);
  },
  async make({ context, services, settings }) {
    const { createSandbox } = await import("./service.js");
    const { sandbox: backend, workers, python, variables } = settings;
    return createSandbox(context, { sources: services.sources, backend, workers, python, variables });
  },
  // It tells of its own code: what it remembers depends on it too.
  fingerprint: async ({ api }) => await (await api()).identity(),
});
