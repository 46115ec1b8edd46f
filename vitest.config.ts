import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    // Minutes of attacks, run in every way to confine a checker.
    exclude: process.env["PIPELINE_TESTS"] === "all" ? [] : ["test/sandbox/hostile-checks.test.ts"],
    // Most files wait for programs that they start: on a machine of two cores, one file at a time would leave one idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
