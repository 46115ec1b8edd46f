import type { TestedCode, TestResult, TestRun } from "./test-run.js";

/** A test file of whose expectations it is told whether they hold. */
export interface ExpectationRun extends Pick<TestRun, "source" | "code" | "replacement" | "timeout" | "memory"> {
  readonly target: TestedCode;
}

/** How the tests end if every wrong expectation is passed over, and what became of each that they came to. */
export interface ExpectationResult extends Pick<TestResult, "verdicts" | "fileError"> {
  readonly expectations: readonly SettledExpectation[];
}

/**
 * Something that a test expects of the code, as it is written. `right`: it holds. `wrong`: the code answers something
 * else, the same in every run, which `edits` write in its place; `answered` is null where only an iterator has to be
 * read, and `moving` are fields of the value that are not the same, of which nothing is written. `open`: it does not
 * hold, and what the code answers cannot be written down; `cut` takes it out of its test, and is null where nothing
 * would be left of that.
 */
export type SettledExpectation = { readonly test: string; readonly asked: string; readonly expected: string } & (
  | { readonly type: "right" }
  | {
      readonly type: "wrong";
      readonly answered: string | null;
      readonly moving: readonly string[];
      readonly edits: readonly Edit[];
      readonly imports: readonly string[];
    }
  | { readonly type: "open"; readonly reason: string; readonly cut: readonly Edit[] | null }
);

/** First byte of a file (in UTF-8) that is replaced, the byte after the last, and what takes their place. */
export type Edit = readonly [start: number, end: number, text: string];
