/** The library: everything that the command line does is a call of these. */
import { loadPipeline as loadPipelineFile } from "./engine/config/config.js";
import type { RunOptions } from "./engine/config/options.js";
import type { Pipeline } from "./engine/config/pipeline.js";
import { makePlan, type Plan } from "./engine/plan/plan.js";
import { type RunHandle, type RunResult, startRun as startPipeline } from "./engine/run/handle.js";
import { run as runPipeline } from "./engine/run/run.js";
import { openSession } from "./engine/plan/session.js";
import type { PipelineEvent } from "./contract/events.js";
import { givenByName } from "./parameters.js";
import { engineOptions, providers, stageLibrary } from "./toolkit.js";

export { streamChannel } from "./executors/node/channel.js";
export { connectNode } from "./executors/node/connect.js";
export type { Executor } from "./executors/executor.js";
export * from "./stage.js";
export type { Pipeline, Plan, PipelineEvent, RunHandle, RunOptions, RunResult };

/** How a program reads a pipeline. */
export interface LoadPipelineOptions {
  /** Where names and relative paths begin; the working folder unless told. */
  readonly cwd?: string;
  /** What `--set` takes: `generate.limit=100`. */
  readonly settings?: readonly string[];
  /**
   * Values of what the file declares under `parameters:`, by name; weaker than `settings`. Names, paths and checks are
   * those of the command line: a source may be a folder, a model the path of a GGUF file, both relative to `cwd`.
   */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/**
 * Reads and checks a pipeline: a file, or the name of one in `config/`. Throws a PipelineError (config, usage) with all
 * mistakes, each with its place.
 *
 * @example
 *   const pipeline = await loadPipeline("mine.yaml", { parameters: { source: ["../shop"], limit: 20 } });
 */
export async function loadPipeline(
  nameOrFile: string,
  { cwd = process.cwd(), settings = [], parameters = {} }: LoadPipelineOptions = {},
): Promise<Pipeline> {
  return await loadPipelineFile(nameOrFile, {
    cwd,
    settings,
    environment: process.env["PIPELINE_SET"],
    library: stageLibrary,
    given: await givenByName(parameters, { file: nameOrFile, cwd }),
  });
}

/**
 * Runs what is not finished, and yields what happens. Throws a PipelineError where the run does not get to its end. Who
 * leaves the loop stops the run.
 *
 * @example
 *   for await (const event of run(await loadPipeline("mine.yaml")))
 *     if (event.type === "step-finished") console.log(event.step, event.out);
 */
export function run(pipeline: Pipeline, options: Partial<RunOptions> = {}): AsyncGenerator<PipelineEvent, void> {
  return runPipeline(pipeline, { ...options, ...engineOptions(options) }, providers);
}

/**
 * Starts a run that can be steered while it goes on, and answers at once.
 *
 * @example
 *   const handle = startRun(await loadPipeline("build-dataset"));
 *   for await (const event of handle.events) if (event.type === "step-finished") console.log(event.step, event.out);
 *   const { outputs } = await handle.done;
 */
export function startRun(pipeline: Pipeline, options: Partial<RunOptions> = {}): RunHandle {
  return startPipeline(pipeline, { ...options, ...engineOptions(options) }, providers);
}

/**
 * What a run would do, and why. Runs nothing. Throws a PipelineError where something that the file names is not there.
 *
 * @example
 *   const { steps } = await plan(await loadPipeline("mine.yaml"));
 *   const open = steps.filter(({ manifest }) => manifest === null).map(({ step, why }) => `${step.id}: ${why}`);
 */
export async function plan(pipeline: Pipeline, options: Partial<RunOptions> = {}): Promise<Plan> {
  const full = engineOptions(options);
  const session = await openSession(pipeline, full, providers, () => undefined);
  try {
    return await makePlan(pipeline, session, full);
  } finally {
    await session.close();
  }
}
