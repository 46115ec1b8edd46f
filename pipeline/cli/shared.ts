import { type Command, InvalidArgumentError } from "commander";
import { loadPipeline } from "../engine/config.js";
import type { EngineOptions } from "../engine/options.js";
import type { Pipeline } from "../engine/pipeline.js";
import { makePlan, type Plan } from "../engine/plan.js";
import { openSession, type Session } from "../engine/session.js";
import type { Emit } from "../events.js";
import { engineOptions, providers, stageLibrary } from "../toolkit.js";

export interface SettingOptions {
  readonly set: readonly string[];
}

/** `--set`, for commands that read a pipeline file. */
export function withSettings(command: Command): Command {
  return command.option("--set <assignment>", "set a value: STEP.option=value, seed=value, models.NAME.source=value (repeatable)", (value: string, all: readonly string[]) => [...all, value], []);
}

export interface PlaceOptions {
  readonly sandbox?: string;
  readonly workers?: number;
  readonly update?: boolean;
}

/** What a plan depends on beside the pipeline file. */
export function withPlace(command: Command): Command {
  return command
    .option("--sandbox <name>", 'what confines tests: a backend\'s name, or "none" (see: pipeline doctor)')
    .option("--update", "resolve branches and unpinned versions again")
    .option("--workers <number>", "worker threads; one a processor unless told", atLeastOne);
}

export function atLeastOne(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number of at least 1");
  return value;
}

export function readPipeline(nameOrFile: string, { set }: SettingOptions): Promise<Pipeline> {
  return loadPipeline(nameOrFile, { cwd: process.cwd(), settings: set, environment: process.env["PIPELINE_SET"], library: stageLibrary });
}

export function placeOf({ sandbox, workers, update }: PlaceOptions): EngineOptions {
  return engineOptions({ ...(sandbox !== undefined && { sandbox }), ...(workers !== undefined && { workers }), ...(update !== undefined && { update }) });
}

/** A plan, and the session that it was made in, for as long as `use` takes. */
export async function withPlan<T>(pipeline: Pipeline, options: EngineOptions, emit: Emit, use: (plan: Plan, session: Session) => Promise<T> | T): Promise<T> {
  const session = await openSession(pipeline, options, providers, emit);
  try {
    return await use(await makePlan(pipeline, session), session);
  } finally {
    await session.close();
  }
}
