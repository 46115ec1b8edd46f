import { setImmediate } from "node:timers/promises";
import { PipelineError } from "../../../pipeline/system/errors.js";
import type { Split } from "../../../pipeline/contract/records.js";
import type { Context } from "../../../pipeline/contract/stage.js";
import { HeldOutTexts } from "./held-out.js";
import type { Rows } from "./rows.js";

/** In this order: what stands in a later split gives way to what stands in an earlier one. */
const order = ["test", "val", "train"] as const satisfies readonly Split[];

/** A round misses a pair with a probability of 0.0005 at most, and two rounds with the square of it. */
const mostRounds = 6;

const rowsBetweenPauses = 256;

/**
 * Drops the rows that equal a row that is held out, or whose code (of the prompt, or of the response) is near-identical
 * to that of one: those of train like one of val or test, those of val like one of test. Every round uses hash
 * functions of its own; the last one found nothing: that is the check of what the others did.
 */
export async function dropNearDuplicates(
  rows: Rows,
  threshold: number,
  context: Pick<Context, "index" | "progress" | "seed" | "signal">,
): Promise<void> {
  for (let round = 0, found = 1; found > 0 || round < 2; round += 1) {
    if (round === mostRounds) {
      throw new PipelineError(
        `near-identical examples were still found in two splits after ${mostRounds} rounds of looking for them`,
        { code: "stage", hint: "raise the threshold of the split" },
      );
    }
    found = await dropInOneRound(
      rows,
      new HeldOutTexts(rows, threshold, context.seed + round, context),
      async (done) => {
        context.progress(round * rows.count + done, Math.max(2, round + 1) * rows.count, "rows compared");
        await setImmediate(); // so that an interruption is heard
        context.signal.throwIfAborted();
      },
    );
  }
}

async function dropInOneRound(
  rows: Rows,
  heldOut: HeldOutTexts,
  pause: (done: number) => Promise<void>,
): Promise<number> {
  let found = 0;
  let done = 0;
  for (const split of order) {
    for (const position of rows.of(split)) {
      const row = rows.get(position);
      const original = split === "test" ? undefined : heldOut.find(row);
      if (original !== undefined) {
        rows.drop(position, original);
        found += 1;
      } else if (split !== "train") {
        heldOut.add(position, row);
      }
      done += 1;
      if (done % rowsBetweenPauses === 0) await pause(done);
    }
  }
  return found;
}
