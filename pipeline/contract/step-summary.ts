import type { ReasonCount } from "./reasons.js";

/** A finished step, as reports and cards count it. */
export interface StepSummary {
  readonly step: string;
  readonly stage: string;
  readonly in: number;
  readonly out: number;
  readonly dropped: number;
  readonly failed: number;
  readonly skipped: number;
  /** Rejected parts (samples, single tests), which are not records of their own. */
  readonly rejectedParts: number;
  /** What never became a record: whole sources, files. */
  readonly refused: number;
  /** Why things were left out, most frequent first. */
  readonly reasons: readonly ReasonCount[];
  /** What the step says of its result as a whole. */
  readonly notices: readonly string[];
}
