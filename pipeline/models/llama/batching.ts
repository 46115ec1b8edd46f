import type { BatchingOptions, CustomBatchingPrioritizationStrategy } from "node-llama-cpp";

/** Turns of the queue of promises after which a batch goes without those that do not come: more than one needs. */
const mostTurns = 64;

/**
 * Batches of all that is written at once. Without it, whoever is sampled last misses the batch that the others begin,
 * and every batch goes with one place empty. A place of [] has node-llama-cpp ask again a turn later.
 *
 * @param writing how many are written now
 */
export function fullBatches(writing: () => number): BatchingOptions {
  let turns = 0;
  const itemPrioritizationStrategy: CustomBatchingPrioritizationStrategy = ({ items, size }) => {
    if (items.length < writing() && turns < mostTurns) {
      turns += 1;
      return [];
    }
    turns = 0;
    return share(items, size);
  };
  return { itemPrioritizationStrategy };
}

/** Answers go on first, a token each; what is left is for prompts, in turn, so that the first can begin soonest. */
function share(
  items: Parameters<CustomBatchingPrioritizationStrategy>[0]["items"],
  size: number,
): ReturnType<CustomBatchingPrioritizationStrategy> {
  let left = size;
  return items
    .toSorted((a, b) => Number(a.tokens.length > 1) - Number(b.tokens.length > 1))
    .map((item) => {
      const processAmount = Math.min(item.tokens.length, left);
      left -= processAmount;
      return { item, processAmount };
    })
    .filter(({ processAmount }) => processAmount > 0);
}
