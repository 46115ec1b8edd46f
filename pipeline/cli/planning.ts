import { loadPipeline, type LoadOptions } from "../engine/config/config.js";
import type { EngineOptions } from "../engine/config/options.js";
import type { Pipeline } from "../engine/config/pipeline.js";
import { makePlan, type Plan } from "../engine/plan/plan.js";
import { openSession, type Session } from "../engine/plan/session.js";
import type { Emit } from "../contract/events.js";
import { engineOptions, providers, stageLibrary } from "../toolkit.js";
import { type FileOptions, type PlaceOptions, variablesOf } from "./options.js";

/** The pipeline that a command names, with the settings of the command line and of the environment. */
export function readPipeline(
  nameOrFile: string,
  { set, given = [], base, lender }: FileOptions & Pick<LoadOptions, "base" | "lender">,
): Promise<Pipeline> {
  return loadPipeline(nameOrFile, {
    cwd: process.cwd(),
    settings: set,
    environment: process.env["PIPELINE_SET"],
    library: stageLibrary,
    given,
    ...(base !== undefined && { base }),
    ...(lender !== undefined && { lender }),
  });
}

/** Engine options of what a command line says; what it does not say is filled in. Throws like `engineOptions`. */
export function placeOf({ sandbox, python, env = [], workers, update, acceptFailures }: PlaceOptions): EngineOptions {
  return engineOptions({
    ...(sandbox !== undefined && { sandbox }),
    ...(python !== undefined && { python }),
    ...(env.length > 0 && { variables: variablesOf(env) }),
    ...(workers !== undefined && { workers }),
    ...(update !== undefined && { update }),
    ...(acceptFailures !== undefined && { acceptFailures }),
  });
}

/** A plan, and the session that it was made in, for as long as `use` takes. */
export async function withPlan<T>(
  pipeline: Pipeline,
  options: EngineOptions,
  emit: Emit,
  use: (plan: Plan, session: Session) => Promise<T> | T,
): Promise<T> {
  const session = await openSession(pipeline, options, providers, emit);
  try {
    return await use(await makePlan(pipeline, session, options), session);
  } finally {
    await session.close();
  }
}
