import { earlierManifests, type StepManifest } from "./manifest.js";
import type { Store } from "./store.js";

/** A step of a pipeline, and the folder that its results are kept in. */
interface StepOfPipeline {
  readonly pipeline: string;
  readonly step: string;
  readonly stateDir: string;
}

/**
 * Finished results of a pipeline's step, newest first. Another pipeline of the same folder may have a step of that
 * name: what it left says nothing of this one.
 */
export async function resultsOfStep(
  { pipeline, step, stateDir }: StepOfPipeline,
  store: Pick<Store, "fingerprintsOf">,
): Promise<StepManifest[]> {
  const own = store.fingerprintsOf(pipeline, step);
  return (await earlierManifests(stateDir, step)).filter(({ fingerprint }) => own.has(fingerprint));
}
