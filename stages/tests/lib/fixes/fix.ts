import type { PytestEvidence } from "../evidence/pytest-evidence.js";
import type { VerdictReason } from "../../../../pipeline/contract/verdict.js";

/** Tests with a failure, as a rule sees them. */
export interface Failing {
  readonly response: string;
  /** Import lines that stand above the response. */
  readonly preamble: string;
  readonly target: PytestEvidence["target"];
  readonly failures: readonly Failure[];
  /** Names that a test can import from the target's module. */
  readonly publicNames: () => Promise<ReadonlySet<string>>;
}

/** How a test failed, or a file as a whole: the verdict's reason, and the line that says more. */
export interface Failure {
  /** null: the file as a whole. */
  readonly test: string | null;
  readonly reason: VerdictReason | null;
  readonly detail: string;
}

/** A rule that mends how tests are written down, never what they assert. */
export interface Rule {
  /** As `labels.repair` shows it, after "rule:". */
  readonly name: string;
  /** Whether the failure is one that the rule may mend. */
  readonly isFor: (failure: Failure) => boolean;
  /** The response, mended; null where the rule knows nothing to do. */
  readonly mend: (failing: Failing) => Promise<string | null>;
}
