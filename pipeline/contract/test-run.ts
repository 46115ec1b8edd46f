import type { Source } from "./kind.js";
import type { Route } from "./route.js";
import type { Verdict } from "./verdict.js";

/** A test file that is run against a source, and what it may take. */
export interface TestRun {
  readonly source: Pick<Source, "ref" | "name" | "version">;
  /** A whole test file. */
  readonly code: string;
  /** The target that a test must call to count; null where no check is wanted. */
  readonly target: TestedCode | null;
  /** One run a seed, each in a fresh child. */
  readonly hashSeeds: readonly number[];
  /** Text that takes the place of the target's module: the buggy program of a pair. Needs a target. */
  readonly replacement?: string;
  /** Whether to measure, in one more run, what the tests that pass run of the target. Needs a target. */
  readonly coverage?: boolean;
  /** CPU seconds a run. */
  readonly timeout: number;
  /** MiB of memory for a run's whole process tree. */
  readonly memory: number;
}

/** What tests are about: a function, method or class; a handler with the route that requests reach it by. */
export interface TestedCode {
  readonly module: string;
  readonly qualifiedName: string;
  readonly route?: Route;
}

/** What became of a test file. */
export interface TestResult {
  /** One a test; a test that differs between runs is `flaky`. */
  readonly verdicts: readonly Verdict[];
  /** Set where the file as a whole failed: nothing was collected. */
  readonly fileError: Omit<Verdict, "test"> | null;
  /** Null where it was not asked for, and where no test passed. */
  readonly coverage: Coverage | null;
  /**
   * Where no target is given: tests that prove nothing of the source even if they pass, by name, and why. Only what is
   * certain.
   */
  readonly hollow?: Readonly<Record<string, string>>;
}

/** What ran of the target's own lines, by coverage.py. */
export interface Coverage {
  readonly lines: { readonly covered: number; readonly total: number };
  /** Both ways out of each condition. */
  readonly branches: { readonly covered: number; readonly total: number };
  /** Lines of the source file, 1-based, that did not run. */
  readonly missing: readonly number[];
  /**
   * Ways out of conditions that were not taken: a condition's line, and the line that would have come next; below 0:
   * the end of the function.
   */
  readonly missingBranches: readonly (readonly [line: number, next: number])[];
}

/** A test of people that is run where it stands. */
export interface OriginalRun {
  readonly source: TestRun["source"];
  readonly original: Original;
  /** CPU seconds a run. */
  readonly timeout: number;
  /** MiB of memory for a run's whole process tree. */
  readonly memory: number;
}

/**
 * A test as it stands in a file of the source, `path` being POSIX inside of it. A doctest is run by the doctest module
 * (its examples by their places, where the docstring still has as many as `of`) or, where that does not pass, by pytest
 * with the project's settings; a unittest test (`TestB::test_c`) by unittest or by pytest; any other by pytest, with
 * its conftest.py files and the project's settings.
 */
export type Original =
  | {
      readonly kind: "doctest";
      readonly path: string;
      readonly module: string;
      readonly qualifiedName: string;
      readonly examples: readonly number[];
      readonly of: number;
    }
  | { readonly kind: "unittest" | "pytest"; readonly path: string; readonly test: string };

/** A test file of the source that is run where it stands. */
export interface InPlaceRun extends Pick<OriginalRun, "source" | "timeout" | "memory"> {
  /** POSIX path inside the source. */
  readonly path: string;
}

/**
 * `failed`: the test as it stands does not hold; `error`: it could not be run, or was skipped, which says nothing of
 * it.
 */
export type OriginalResult = Omit<Verdict, "test">;
