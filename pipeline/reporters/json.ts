import type { Reporter, Write } from "./reporter.js";

/** Every event as one line of JSON, for programs. */
export function createJsonReporter(write: Write): Reporter {
  return {
    report: (event) => write(`${JSON.stringify(event)}\n`),
    close: async () => undefined,
  };
}
