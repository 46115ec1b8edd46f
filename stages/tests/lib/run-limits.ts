import { z } from "zod";

/** Options of what one run of a test file may take: the same for every stage that runs tests of records one by one. */
export const runLimits = {
  timeout: z.number().positive().default(10).describe("CPU seconds that one run of a test file may take"),
  memory: z
    .int()
    .min(64)
    .default(512)
    .describe("MiB of memory that one run may take, with all processes that it starts"),
};
