import type { Source, Verdict } from "./records.js";

/** What a stage may ask of the sandbox: the only place where ingested or generated code runs. */
export interface Sandbox {
  /** Runs a test file once per hash seed against a source, with its dependencies installed. */
  runTests(request: TestRun): Promise<TestResult>;
  /** Calls a function on each of the argument lists, one after another, and reports results as Python source text. */
  record(request: RecordRequest): Promise<RecordedCall[]>;
  /**
   * What confines the runs and which Python runs them: part of any key that remembers a verdict. With a source, the
   * packages that it declares count too; a PipelineError `python` where they cannot be had.
   */
  identity(source?: TestRun["source"]): Promise<SandboxIdentity>;
}

export interface SandboxIdentity {
  /** Name of the backend: namespaces+landlock+seccomp, ..., or none. */
  readonly backend: string;
  readonly python: string;
  /** SHA-256 of the locked packages. */
  readonly environment: string;
  /** SHA-256 of the code that runs and judges tests. */
  readonly runner: string;
}

export interface TestRun {
  readonly source: Pick<Source, "ref" | "name" | "version">;
  /** A whole test file. */
  readonly code: string;
  /** The target that a test must call to count; null where no check is wanted. */
  readonly target: { readonly module: string; readonly qualifiedName: string } | null;
  /** One run a seed, each in a fresh child. */
  readonly hashSeeds: readonly number[];
  /** CPU seconds a run. */
  readonly timeout: number;
  /** MiB of memory for a run's whole process tree. */
  readonly memory: number;
}

export interface TestResult {
  /** One a test; a test that differs between runs is `flaky`. */
  readonly verdicts: readonly Verdict[];
  /** Set where the file as a whole failed: nothing was collected. */
  readonly fileError: Omit<Verdict, "test"> | null;
}

export interface RecordRequest {
  readonly source: Pick<Source, "ref" | "name" | "version">;
  readonly target: { readonly module: string; readonly qualifiedName: string };
  /** Each a Python argument list as source text: `1, [2, 3], key=None`. */
  readonly calls: readonly string[];
  readonly timeout: number;
  readonly memory: number;
}

/**
 * How one call ended. `literal` is set where the value has an exact, stable Python source form; for an iterator it is
 * the list of its items, at most 100.
 */
export type RecordedCall =
  | { readonly type: "returned"; readonly literal: string | null; readonly typeName: string; readonly isIterator: boolean }
  | { readonly type: "raised"; readonly exception: string; readonly module: string }
  | { readonly type: "unusable"; readonly reason: string };
