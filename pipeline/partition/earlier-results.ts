import type { AnyRecord } from "../contract/kind.js";
import type { EarlierPartition, LeftRecord } from "./protocol.js";
import type { Counts } from "./receipt.js";
import { readSlices } from "./record-file.js";

/** What the last attempt at a partition left that still holds, and which of its inputs run again. */
export class EarlierResults {
  /** Ids of the inputs that failed. */
  readonly failed: ReadonlySet<string>;
  /** What was left out of the other inputs. */
  readonly left: readonly LeftRecord[];
  readonly #counts: Counts;
  readonly #outputs: readonly AnyRecord[];
  readonly #position = new Map<string, number>();

  private constructor({ counts }: EarlierPartition, left: readonly LeftRecord[], outputs: readonly AnyRecord[]) {
    this.failed = new Set(left.flatMap(({ type, record }) => (type === "failed" && record !== null ? [record] : [])));
    this.left = left.filter(({ record }) => record === null || !this.failed.has(record));
    this.#counts = counts;
    this.#outputs = outputs;
  }

  /** Reads all of them: a partition fits in memory. */
  static async read(earlier: EarlierPartition): Promise<EarlierResults> {
    const left: LeftRecord[] = [];
    const outputs: AnyRecord[] = [];
    for await (const entry of readSlices<LeftRecord>([earlier.left])) left.push(entry);
    for await (const record of readSlices<AnyRecord>([earlier.output])) outputs.push(record);
    return new EarlierResults(earlier, left, outputs);
  }

  /** Notes an input of the partition, in order; true where it runs again. */
  meet(id: string): boolean {
    if (!this.#position.has(id)) this.#position.set(id, this.#position.size);
    return this.failed.has(id);
  }

  /** All outputs in the order of the inputs that they were made from, as if nothing had ever failed. */
  merge(outputs: readonly AnyRecord[]): AnyRecord[] {
    const byId = new Map([...this.#outputs, ...outputs].map((record) => [record.id, record]));
    const placed = [...byId.values()].map((record) => ({ record, place: this.#placeOf(record) }));
    return placed.toSorted((a, b) => a.place - b.place).map(({ record }) => record);
  }

  /** What became of all inputs, once those that failed have run again. */
  account(again: Pick<Counts, "in" | "used" | "dropped" | "failed" | "skipped">): typeof again {
    const before = this.#counts;
    return {
      in: before.in - before.failed + again.in,
      used: before.used + again.used,
      dropped: before.dropped + again.dropped,
      failed: again.failed,
      skipped: before.skipped + again.skipped,
    };
  }

  #placeOf({ id, from }: AnyRecord): number {
    const places = [id, ...from].flatMap((each) => this.#position.get(each) ?? []);
    return places.length === 0 ? this.#position.size : Math.min(...places);
  }
}
