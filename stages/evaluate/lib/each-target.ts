import { reason } from "../../../pipeline/contract/reasons.js";
import type { Score } from "./records.js";
import type { Source } from "../../../pipeline/contract/kind.js";
import type { Target } from "../../python/lib/records.js";
import { orFail } from "../../tests/lib/in-sandbox.js";
import type { InSandbox } from "../../tests/lib/candidate.js";

/**
 * The scores of each target, in order; one without a source is dropped, and one whose runs were lost fails as a whole.
 */
export async function* scoresOfEach(
  targets: AsyncIterable<Target>,
  context: InSandbox,
  scoresOf: (target: Target, source: Source) => Promise<readonly Score[]>,
): AsyncGenerator<Score> {
  const scored = context.map(targets, async (target) => {
    const { source } = target;
    if (source === null) {
      context.drop(target, reason("no-source", "no source: there is no code to run tests on"));
      return [];
    }
    return (await orFail(target, context, async () => await scoresOf(target, source))) ?? [];
  });
  for await (const scores of scored) yield* scores;
}
