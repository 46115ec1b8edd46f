import type { CheckerIdentity, CheckerTool, FoundTool, WantedTool, CheckJob, CheckResult } from "./checker.js";
import type { DiscoverRequest, Discovery } from "./discovery.js";
import type { ExpectationRun, ExpectationResult } from "./expectation.js";
import type { MutationResult, MutationRun } from "./mutation.js";
import type { Source } from "./kind.js";
import type { InPlaceRun, OriginalResult, OriginalRun, TestResult, TestRun } from "./test-run.js";

/** What a stage may ask of the sandbox: the only place where ingested or generated code runs. */
export interface Sandbox {
  /** Runs a test file once per hash seed against a source, with its dependencies installed. */
  runTests(request: TestRun): Promise<TestResult>;
  /**
   * Changes the target in small ways, one at a time, and tells which of the changes the tests notice. A PipelineError
   * `sandbox` where what runs them was lost: that says nothing of the tests.
   */
  mutate(request: MutationRun): Promise<MutationResult>;
  /**
   * Runs a test file, and tells of everything that it expects of the target what the code answers. Changes nothing. A
   * PipelineError `sandbox` where what runs it was lost.
   */
  observe(request: ExpectationRun): Promise<ExpectationResult>;
  /** Runs a test that a person wrote as it stands in the source, by what it was written for. */
  runOriginal(request: OriginalRun): Promise<OriginalResult>;
  /**
   * Runs a test file where it stands in the source, as pytest does: with its conftest.py files, what is beside it, and
   * the project's settings.
   */
  runInPlace(request: InPlaceRun): Promise<TestResult>;
  /**
   * Calls a function on each of the argument lists, one after another, and reports results as Python source text. A
   * PipelineError `sandbox` where what runs them was lost.
   */
  record(request: RecordRequest): Promise<RecordedCall[]>;
  /** Imports a web application, with stand-ins for the settings that it demands, and reads the routes that it lists. */
  discover(request: DiscoverRequest): Promise<Discovery>;
  /**
   * Runs a tool on each of the files, confined: a compiler, an interpreter, a linter. One result a file, in order. A
   * PipelineError `sandbox` where the tool cannot be started, or needs what no backend here can give safely.
   */
  check(job: CheckJob): Promise<CheckResult[]>;
  /**
   * The tool as it is installed here, with all that `check` needs to run it. What a wheel brings is fetched before it
   * is `run`, and else only known. A PipelineError `sandbox` where it is not there, which says what to do.
   */
  findTool(tool: WantedTool, purpose: "plan" | "run"): Promise<FoundTool>;
  /** Which tool it is: part of any key that remembers what `check` answered. */
  checker(tool: CheckerTool): Promise<CheckerIdentity>;
  /** Version of the other Python of this machine that `observe` runs tests with once more; null where there is none. */
  otherPython(): Promise<string | null>;
  /**
   * What confines the runs and which Python runs them: part of any key that remembers a verdict. With a source, the
   * packages that it declares count too; a PipelineError `python` where they cannot be had.
   */
  identity(source?: TestRun["source"]): Promise<SandboxIdentity>;
}

/** Names of variables that code under test may be given: what the interpreter and the sandbox go by are their own. */
export const settableVariable = /^(?!(?:PYTHON\w*|PYTEST_\w*|LD_\w*|PATH|HOME|TMPDIR|TZ|LC_\w*)$)[A-Za-z_]\w*$/u;

/** What decides a verdict beside the tests themselves: part of fingerprints, and of any key that remembers one. */
export interface SandboxIdentity {
  /** Name of the backend: namespaces+landlock+seccomp, ..., or none. */
  readonly backend: string;
  readonly python: string;
  /** SHA-256 of the locked packages. */
  readonly environment: string;
  /** SHA-256 of the code that runs and judges tests. */
  readonly runner: string;
  /** SHA-256 of the variables that the user names for what runs; missing where there are none. */
  readonly variables?: string;
}

/** Calls of a function whose results are wanted. */
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
  | {
      readonly type: "returned";
      readonly literal: string | null;
      readonly typeName: string;
      readonly isIterator: boolean;
    }
  | { readonly type: "raised"; readonly exception: string; readonly module: string }
  | { readonly type: "unusable"; readonly reason: string };

declare module "./service.js" {
  interface Services {
    readonly sandbox: Sandbox;
  }
}
