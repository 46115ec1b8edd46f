import type { Location } from "../../system/errors.js";
import type { Origin } from "./origin.js";
import type { ModelSpec } from "../../contract/model-spec.js";
import type { BudgetSpec, Retries } from "./steering-keys.js";
import type { Stage } from "../../contract/stage.js";
import type { Parameter } from "./parameters/parameter.js";

/** A pipeline file, read, checked and complete: what the plan is made from. */
export interface Pipeline {
  readonly name: string;
  readonly seed: number;
  /** Absolute path of the pipeline file. */
  readonly file: string;
  /** Folder of the pipeline file: relative paths start here, and `pipeline.lock` lies here. */
  readonly baseDir: string;
  readonly determinism: "strict" | "fast";
  /** Threads that models may take in all; the machine decides unless told. */
  readonly threads?: number;
  /** Variables that code under test finds in the sandbox. */
  readonly variables?: Readonly<Record<string, string>>;
  /** How often what failed is tried again within a run, by steps that say nothing of their own. */
  readonly retries?: Retries;
  /** Of a run as a whole. */
  readonly budget?: BudgetSpec;
  /** Folder that the command `generate` puts test files into, relative to the working folder. */
  readonly testsFolder?: string;
  /** Those of the file, and those of the catalogue that its options name. */
  readonly models: Readonly<Record<string, ModelSpec>>;
  /** The models that have a short name. */
  readonly catalogue: Readonly<Record<string, ModelSpec>>;
  /** In the order of the file; a step's inputs always stand before it. */
  readonly steps: readonly Step[];
  /** What can be set by a name of its own. */
  readonly parameters: readonly Parameter[];
  /** Where a value came from; the path begins at the top: ["seed"], ["models", "teacher", "source"]. */
  readonly origin: (path: readonly (string | number)[]) => Origin;
}

/** A step of a pipeline file, checked and complete. */
export interface Step {
  readonly id: string;
  readonly stage: Stage;
  /** Where a worker loads the stage from: a module URL, and the stage's name in it (null: its default export). */
  readonly module: { readonly url: string; readonly name: string | null };
  /** Input name ("" for a stage of one input) to the steps that are joined in it, in the order written. */
  readonly from: ReadonlyMap<string, readonly string[]>;
  /** Parsed by the stage's schema, defaults filled in; without `limit`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `with: { limit: n }`: the engine takes the n inputs smallest by hash(seed, id); null: all. */
  readonly limit: number | null;
  /**
   * Folder below the pipeline's outputs where the step's files are published, a POSIX path; null: the outputs
   * themselves.
   */
  readonly output: string | null;
  readonly retries?: Retries;
  readonly budget?: BudgetSpec;
  /** Where the step stands in the file. */
  readonly location: Location;
  /** Where an option's value came from; the path is inside `with`. */
  readonly origin: (path: readonly (string | number)[]) => Origin;
}
