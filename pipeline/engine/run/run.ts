import type { PipelineEvent } from "../../contract/events.js";
import type { RunOptions } from "../config/options.js";
import type { Pipeline } from "../config/pipeline.js";
import type { Providers } from "../plan/providers.js";
import { startRun } from "./handle.js";

/**
 * Runs a pipeline: plans it, runs what is not finished, publishes the outputs.
 * Yields what happens as it happens; ends with `run-finished`, and then throws where the run did not get to its end.
 * Who leaves the loop early stops the run, and goes on when all that it had started is gone and its lock is free.
 */
export async function* run(
  pipeline: Pipeline,
  options: RunOptions,
  providers: Providers,
): AsyncGenerator<PipelineEvent, void> {
  const handle = startRun(pipeline, options, providers);
  let heardAll = false;
  try {
    yield* handle.events;
    heardAll = true;
  } finally {
    if (!heardAll) await handle.stop();
  }
  await handle.done;
}
