import type { TestedCode, TestRun } from "./test-run.js";

/** A target that is changed in small ways, and the tests that should notice. */
export interface MutationRun {
  readonly source: TestRun["source"];
  /** A whole test file. */
  readonly code: string;
  readonly target: TestedCode;
  /** Tests of the file to run: those that pass on the target as it is. The others are left out. */
  readonly tests: readonly string[];
  readonly hashSeed: number;
  /** Most mutants that are run. Where there are more, a fixed choice, spread over operators and lines. */
  readonly limit: number;
  /** Ends once this many are killed; null: runs them all. */
  readonly enough: number | null;
  /** Whether each mutant is run on all of the tests, for `killers`, and not only up to the first that notices it. */
  readonly everyTest?: boolean;
  /** CPU seconds a mutant. */
  readonly timeout: number;
  /** MiB of memory for a mutant's whole process tree. */
  readonly memory: number;
}

/** What tests noticed of the changes of a target. */
export interface MutationResult {
  /** Those that were run, in a fixed order. */
  readonly mutants: readonly Mutant[];
  /**
   * All mutants of the target that are valid: they compile, and to other bytecode than the target and than each other.
   */
  readonly total: number;
  /** Where every test was asked for: those that pass on the target itself where the mutants were run. */
  readonly passed?: readonly string[];
}

/** One small change of a target, and what became of the tests under it. */
export interface Mutant {
  /** What was changed: comparison, arithmetic, boolean, constant, return, exception, boundary, statement, ... */
  readonly operator: string;
  /** Line of the source file, 1-based. */
  readonly line: number;
  /** Unified diff of the target's text, without file names. */
  readonly diff: string;
  /** `timeout` is no kill: it says nothing of what the tests assert. */
  readonly outcome: "killed" | "survived" | "timeout";
  /** The test that noticed; null where none did. */
  readonly killedBy: string | null;
  /** Where every test was asked for: all tests that noticed, in the order of the file. */
  readonly killers?: readonly string[];
}
