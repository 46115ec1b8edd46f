import { z } from "zod";

/** How often inputs that failed are tried again within a run. */
export interface Retries {
  readonly times: number;
  /** Seconds before the first try; twice as many before each further one. */
  readonly seconds: number;
}

/** What a run, or a step of it, may use before it stops; what is not told is not bounded. */
export interface BudgetSpec {
  readonly seconds?: number | undefined;
  /** That models write. */
  readonly tokens?: number | undefined;
  readonly items?: number | undefined;
}

const times = z.int().min(0);

/** `retries: 3`, or with how long to wait. */
export const RetriesKey = z
  .union([
    times,
    z.strictObject({
      times: times.describe("How often"),
      seconds: z.number().min(0).default(1).describe("Wait before the first try; twice as long before each other one"),
    }),
  ])
  .transform((value): Retries => (typeof value === "number" ? { times: value, seconds: 1 } : value))
  .optional()
  .describe(
    "How often inputs that failed because something around them broke are tried again within the run; not at all " +
      "unless told",
  );

/** `budget: { seconds: 3600, tokens: 1000000, items: 500 }`. */
export const BudgetKey = z
  .strictObject({
    seconds: z.number().positive().optional().describe("Seconds of this run"),
    tokens: z.int().min(1).optional().describe("Tokens that models write in this run; remembered answers cost none"),
    items: z
      .int()
      .min(1)
      .optional()
      .describe("Inputs that are begun in this run, of steps that work on each by itself"),
  })
  .optional()
  .describe("What may be used before the run stops, to go on when it is run again; not bounded unless told");
