import { setTimeout as wait } from "node:timers/promises";
import { interrupted } from "../../system/abort.js";
import type { Emit } from "../../contract/events.js";
import { isBroken, openInputs } from "../../partition/open-inputs.js";
import type { PartitionReceipt } from "../../partition/receipt.js";
import type { Retries } from "../config/steering-keys.js";

/** No wait between two tries is longer. Seconds. */
const longest = 60;

/** What trying again needs from the step around it. */
interface RetrySurroundings {
  readonly step: string;
  readonly retries: Retries;
  /** Whether nothing more may begin. */
  readonly isClosed: () => boolean;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/**
 * Tries the inputs of a partition again that failed, after a wait that doubles. Answers the last receipt. `run` answers
 * null where nothing may begin.
 */
export async function tryAgain(
  first: PartitionReceipt,
  run: (earlier: PartitionReceipt) => Promise<PartitionReceipt | null>,
  { step, retries, isClosed, emit, signal }: RetrySurroundings,
): Promise<PartitionReceipt> {
  let receipt = first;
  for (let attempt = 1; attempt <= retries.times; attempt += 1) {
    const { broken } = openInputs(receipt);
    if (broken === 0 || isClosed()) break;
    const seconds = Math.min(longest, retries.seconds * 2 ** (attempt - 1));
    const cause = receipt.reasons.find(isBroken);
    emit({
      type: "retry",
      step,
      items: broken,
      attempt,
      of: retries.times,
      seconds,
      reason: { code: cause?.code ?? "", text: cause?.example ?? "" },
    });
    await wait(seconds * 1000, undefined, { signal }).catch(() => {
      throw interrupted();
    });
    const next = await run(receipt);
    if (next === null) break;
    receipt = next;
  }
  return receipt;
}
