import type { Verdict } from "../../../pipeline/contract/verdict.js";
import type { Mutant } from "../../../pipeline/contract/mutation.js";
import type { Coverage } from "../../../pipeline/contract/test-run.js";

/** tests.json: what became of each test, and of each function that tests of a file are about. */
export interface CheckedTests {
  readonly sandbox: string;
  readonly tests: readonly CheckedTest[];
  readonly targets: readonly CheckedTarget[];
  /** What the sandbox lost a run of: nothing is known of these functions, neither good nor bad. */
  readonly lost: readonly LostTarget[];
}

/** A function of which the sandbox lost a run, with what it said. */
export interface LostTarget {
  /** The test file, as the options name it. */
  readonly file: string;
  /** Dotted name of the function. */
  readonly name: string;
  readonly detail: string;
}

/** What became of one test of a user's, or of a file as a whole. */
export interface CheckedTest extends Omit<Verdict, "test" | "outcome"> {
  /** As the options name it. */
  readonly file: string;
  /** null where the file as a whole failed. With the reason infra, that is no verdict: the sandbox lost its run. */
  readonly name: string | null;
  /** `skipped`: pytest does not count it as failed. */
  readonly outcome: Verdict["outcome"] | "skipped";
  /**
   * Whether it would notice anything of the source going wrong; null where it does not pass, or that was not looked
   * into.
   */
  readonly proves: boolean | null;
  /** Why it proves nothing, or why that was not looked into. */
  readonly note: string | null;
  /** Functions of the source that it tests, by their dotted names: those that it calls and asserts something about. */
  readonly targets: readonly string[];
}

/** What the passing tests of one file show of one function that they are about. */
export interface CheckedTarget {
  /** The test file, as the options name it. */
  readonly file: string;
  /** Dotted name: shop.prices.add */
  readonly name: string;
  /** Where it stands in the source. */
  readonly path: string | null;
  readonly line: number | null;
  /** Tests of the file that pass and are about it. */
  readonly tests: readonly string[];
  /** null where it cannot be measured. */
  readonly coverage: Coverage | null;
  readonly mutants: {
    readonly killed: number;
    readonly survived: number;
    readonly timeouts: number;
    readonly run: number;
    readonly total: number;
  };
  readonly survivors: readonly Pick<Mutant, "operator" | "line" | "diff">[];
}
