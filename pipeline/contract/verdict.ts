import { z } from "zod";

/**
 * How a test, or the file that holds it, ended; `passed` has the reason null. `skipped`: pytest skips it, or it fails
 * as it is expected to.
 */
export const VerdictReason = z.enum([
  "no-code",
  "truncated",
  "syntax",
  "import",
  "fixture",
  "name",
  "wrong-value",
  "timeout",
  "resource",
  "cheat",
  "flaky",
  "infra",
  "raised",
  "skipped",
]);
export type VerdictReason = z.infer<typeof VerdictReason>;

/** How one test ended. */
export const Verdict = z.strictObject({
  test: z.string().describe("Name of the test function"),
  outcome: z.enum(["passed", "failed", "error"]),
  reason: VerdictReason.nullable(),
  detail: z.string().describe("One line: the assertion or the exception; empty when passed"),
});
export type Verdict = z.infer<typeof Verdict>;
