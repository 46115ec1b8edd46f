import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Most files wait for programs that they start: on a machine of two cores, one file a core would leave them idle.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: "quick", include: ["test/**/*.test.{ts,tsx}"], exclude: ["test/**/*.slow.test.ts"] },
      },
      // What takes most of a minute or more a file: every moment to be stopped in, whole trainings, attacks in every
      // way to confine.
      { extends: true, test: { name: "slow", include: ["test/**/*.slow.test.ts"] } },
    ],
  },
});
