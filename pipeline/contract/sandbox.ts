import type { CheckerIdentity, CheckerTool, CheckJob, CheckResult } from "./checker.js";
import type { Route } from "./route.js";
import type { Source } from "./kind.js";
import type { Verdict } from "./verdict.js";

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

/** A web application that is imported so that it lists its routes. */
export interface DiscoverRequest {
  readonly source: TestRun["source"];
  readonly framework: Route["framework"];
  /**
   * shop.main:app, shop.main:create_app(), a module that holds one under any name; of Django, the module of the
   * settings.
   */
  readonly application: string;
  /** CPU seconds that an import of it may take. */
  readonly timeout: number;
  /** MiB of memory for the whole process tree. */
  readonly memory: number;
}

/** What an application lists; or why it cannot be imported, and what to do. */
export type Discovery =
  | {
      readonly type: "listed";
      /** Its name, as in Route: of a module, with the variable that was found. */
      readonly application: string;
      /** Of the whole application, whatever parts of it are. */
      readonly framework: Route["framework"];
      readonly routes: readonly DiscoveredRoute[];
      /** Routes whose handlers are a library's: /docs, the administration. */
      readonly foreign: number;
      /** What it serves and no test can ask for by a path. */
      readonly unclear: readonly { readonly path: string; readonly reason: string }[];
      /** Stand-ins for the settings that it demanded: what imports it has to set them first. */
      readonly environment: Readonly<Record<string, string>>;
    }
  | { readonly type: "failed"; readonly reason: string; readonly fix: string };

/** A path that an application answers, and the handler behind it. */
export interface DiscoveredRoute {
  /** "": a function that answers every method that its text does not forbid. */
  readonly method: string;
  readonly path: string;
  /** Of the handler, or of the class that inherits it from a library. */
  readonly module: string;
  readonly qualifiedName: string;
  /** POSIX path inside the source. */
  readonly file: string;
  /** Of the handler's first line, decorators included; 0 for a class. */
  readonly line: number;
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
