import { join } from "node:path";
import type { Executor } from "../../executors/executor.js";
import type { Pipeline } from "./pipeline.js";

/** What a run needs to know beside the pipeline. */
export interface EngineOptions {
  /** Folder that holds `.pipeline/` and `data/`. */
  readonly cwd: string;
  /** The user's cache folder: models, downloads, Python environments. */
  readonly cacheDir: string;
  /** Worker threads; the processors unless told. */
  readonly workers: number;
  /** Name of a sandbox backend, "auto" or "none". */
  readonly sandbox: string;
  /**
   * The Python of an environment that the user names: in the sandbox it takes the place of what the sources declare.
   */
  readonly python?: string;
  /** Variables that code under test finds in the sandbox, beside those of the pipeline file and stronger than they. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Bytes of step results that are kept in `.pipeline`, of all pipelines together; 10 GB unless told. */
  readonly keepBytes?: number;
  /** Resolve moving references again. */
  readonly update: boolean;
  /** Folder of the outputs; `data/NAME` below `cwd` unless told. */
  readonly outputs?: string;
  /** Go on without the inputs that failed, instead of running them again. */
  readonly acceptFailures?: boolean;
  /** Stops what is at work, with all that it has started. */
  readonly signal?: AbortSignal;
}

/** How a run is asked for. */
export interface RunOptions extends EngineOptions {
  /** Where partitions run; worker threads of this process unless told. The run closes it. */
  readonly executor?: Executor;
  /** Run this step and what comes after it, finished or not. */
  readonly from?: string;
  /** Stop after this step. */
  readonly until?: string;
  /** Run this step alone. */
  readonly only?: string;
  /** Ignore finished steps; what was remembered is kept. */
  readonly fresh?: boolean;
  /** The command line that goes on with this run, kept for whoever looks at it later. */
  readonly command?: string;
  /** Tell what models write while they write it. */
  readonly stream?: boolean;
  /** Tell of single items: when a step begins with each, and what it comes to. */
  readonly items?: boolean;
}

/** The project's folder of what runs keep: results of steps, the memo, snapshots of sources. */
export function stateDir({ cwd }: Pick<EngineOptions, "cwd">): string {
  return join(cwd, ".pipeline");
}

/** Folder of the outputs that a user keeps. */
export function outputsDir(
  { cwd, outputs }: Pick<EngineOptions, "cwd" | "outputs">,
  { name }: Pick<Pipeline, "name">,
): string {
  return outputs ?? join(cwd, "data", name);
}
