import { Example, type Split } from "../../../pipeline/contract/records.js";
import type { Context, Input } from "../../../pipeline/contract/stage.js";
import type { Ratios } from "./apportion.js";
import { pythonShuffle } from "./python-shuffle.js";
import { RowStore } from "./row-store.js";

/** Rows of each split. */
export type SplitSizes = Readonly<Record<Split, number>>;

/**
 * The examples in the order of Python's `random.Random(seed).shuffle`, train first, then val and test: of these two, as
 * many as `int(rows * ratio)` says. Answers the rows of each split.
 */
export async function* shuffled(
  examples: Input<Example>,
  ratios: Ratios,
  context: Pick<Context, "index" | "seed" | "signal">,
): AsyncGenerator<Example, SplitSizes> {
  const store = new RowStore(context);
  for await (const example of examples) store.add(example);
  const { rows } = store;
  const [val, test] = [Math.trunc(rows * ratios.val), Math.trunc(rows * ratios.test)];
  const train = rows - val - test;
  for (const [place, row] of pythonShuffle(rows, context.seed).entries()) {
    context.signal.throwIfAborted();
    const split = place < train ? "train" : place < train + val ? "val" : "test";
    yield Example.derive(store.at(row), { split });
  }
  return { train, val, test };
}
