import { reason, type Reason } from "../contract/reasons.js";
import type { AnyRecord } from "../contract/kind.js";
import { aboutRecord } from "./about.js";
import type { Gate } from "./gate.js";
import type { Ledger } from "./ledger.js";
import { outOfBudget, skippedByUser } from "./open-inputs.js";
import type { ItemWord, LeftRecord, PartitionTask } from "./protocol.js";

/** What a piece of work comes to whose item was left out while it went on. */
export const leftOut = Symbol("left out by the user");

/** An item that the stage has been given and that is not accounted for yet. */
interface Begun {
  readonly record: AnyRecord;
  /** Milliseconds. */
  readonly at: number;
}

/** Where items report. */
interface ItemSinks {
  readonly gate: Gate;
  readonly ledger: Ledger;
  readonly left: (entry: LeftRecord) => void;
  readonly say: (word: ItemWord) => void;
}

/** The items of a partition from when the stage is given them: which may begin, which the user leaves out. */
export class Items {
  #quota: number;
  #hasSpoken = false;
  readonly #sinks: ItemSinks;
  readonly #tells: boolean;
  /** A stage that sees everything has mixed an item with the others as soon as it has it. */
  readonly #canLeave: boolean;
  readonly #begun = new Map<string, Begun>();
  /** Ends the wait for what comes of an item. */
  readonly #waits = new Map<string, () => void>();
  readonly #abandoned = new Set<string>();

  constructor({ steering }: Pick<PartitionTask, "steering">, parallel: "record" | "whole", sinks: ItemSinks) {
    this.#quota = steering.quota ?? Infinity;
    this.#tells = steering.tellsItems;
    this.#canLeave = parallel === "record";
    this.#sinks = sinks;
    if (this.#canLeave) sinks.gate.onSkip((skipped) => this.#leave(skipped));
  }

  /** Waits until the item may begin; false where it is left out instead, and accounted for. */
  async begin(record: AnyRecord): Promise<boolean> {
    const { gate } = this.#sinks;
    if (gate.isShut) await gate.pass();
    if (gate.skips(record.id)) {
      this.#leaveOut(record, skipped, 0);
      return false;
    }
    if (this.#canLeave && (gate.isClosed || this.#quota === 0)) {
      this.#leaveOut(record, budgetUsedUp, 0);
      return false;
    }
    this.#quota -= 1;
    if (this.#canLeave || this.#tells) this.#begun.set(record.id, { record, at: performance.now() });
    if (this.#tells) this.#say({ type: "started", id: record.id, about: aboutRecord(record) });
    return true;
  }

  /**
   * Works on an item, or on whatever else the stage maps; answers `leftOut` as soon as the user leaves the item out.
   */
  async work<T>(item: unknown, work: () => Promise<T>): Promise<T | typeof leftOut> {
    const id = (item as { readonly id?: string } | null)?.id ?? "";
    return await this.#sinks.gate.work(async () => {
      if (!this.#begun.has(id)) return this.#abandoned.has(id) ? leftOut : await work();
      const left = new Promise<typeof leftOut>((resolve) => {
        this.#waits.set(id, () => resolve(leftOut));
      });
      const working = work();
      // What it comes to when nobody waits any more is nobody's failure.
      working.catch(() => undefined);
      try {
        return await Promise.race([working, left]);
      } finally {
        this.#waits.delete(id);
      }
    });
  }

  /** True of what was made from an item that the user has left out meanwhile: it goes, too. */
  isLeftOut({ id, from }: AnyRecord): boolean {
    if (this.#abandoned.size === 0) return false;
    const parents = [id, ...from];
    if (!parents.some((parent) => this.#abandoned.has(parent))) return false;
    // What went into it beside the item has come to nothing, and is taken again with it.
    for (const parent of parents) {
      const begun = this.#begun.get(parent);
      if (begun !== undefined) this.#leaveOut(begun.record, skipped, begun.at);
    }
    return true;
  }

  /** An item has been passed on. */
  passed(id: string): void {
    this.#finish(id, "passed");
  }

  /** The stage itself has left an item out. */
  left(id: string, outcome: "dropped" | "failed", given: Reason): void {
    this.#finish(id, outcome, given);
  }

  /** Whether anything was said that must not be lost with the partition's end. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  #leave(ids: ReadonlySet<string>): void {
    for (const id of ids) {
      const begun = this.#begun.get(id);
      if (begun === undefined) continue;
      this.#abandoned.add(id);
      this.#leaveOut(begun.record, skipped, begun.at);
      this.#waits.get(id)?.();
    }
  }

  #leaveOut(record: AnyRecord, given: Reason, at: number): void {
    const { id, source } = record;
    const { code, text, fix } = given;
    this.#sinks.ledger.leave(record, "failed");
    this.#sinks.left({
      type: "failed",
      record: id,
      source: source?.ref ?? null,
      path: source?.path ?? null,
      code,
      reason: text,
      ...(fix !== undefined && { fix }),
    });
    this.#begun.delete(id);
    if (code === skippedByUser || this.#tells) {
      const seconds = at === 0 ? 0 : secondsSince(at);
      this.#say({ type: "finished", id, about: aboutRecord(record), outcome: "skipped", reason: given, seconds });
    }
  }

  #finish(id: string, outcome: "passed" | "dropped" | "failed", given?: Reason): void {
    const begun = this.#begun.get(id);
    if (begun === undefined) return;
    this.#begun.delete(id);
    if (!this.#tells) return;
    const { record, at } = begun;
    const seconds = secondsSince(at);
    this.#say({ type: "finished", id, about: aboutRecord(record), outcome, ...(given && { reason: given }), seconds });
  }

  #say(word: ItemWord): void {
    this.#hasSpoken = true;
    this.#sinks.say(word);
  }
}

const skipped = reason(
  skippedByUser,
  "left out by hand while the step ran",
  "run the same command again: it is taken again; --accept-failures goes on without it",
);
const budgetUsedUp = reason(
  outOfBudget,
  "the budget was used up before its turn came",
  "run the same command again: it goes on from here",
);

function secondsSince(at: number): number {
  return Math.round(performance.now() - at) / 1000;
}
