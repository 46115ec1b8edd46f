import { ReasonCounts } from "../contract/reasons.js";
import type { LeftRecord } from "./protocol.js";
import { RecordWriter } from "./record-file.js";

/**
 * The file of what did not pass on. Entries of a small partition are sorted, since concurrent work leaves them in any
 * order.
 */
export class LeftWriter {
  /** Why, counted. */
  readonly reasons = new ReasonCounts();
  readonly #writer: RecordWriter;
  readonly #sorted: boolean;
  readonly #counts = new Map<LeftRecord["type"], number>();
  #entries: LeftRecord[] = [];

  private constructor(writer: RecordWriter, sorted: boolean) {
    this.#writer = writer;
    this.#sorted = sorted;
  }

  /** @param sorted whether its entries are kept until the end, and sorted then */
  static async create(path: string, sorted: boolean): Promise<LeftWriter> {
    return new LeftWriter(await RecordWriter.create(path), sorted);
  }

  add(entry: LeftRecord): void {
    this.#entries.push(entry);
    this.#counts.set(entry.type, this.count(entry.type) + 1);
    const { type, code, reason, fix } = entry;
    this.reasons.add({ type, code, count: 1, example: reason, ...(fix !== undefined && { fix }) });
  }

  /** Entries of this type so far. */
  count(type: LeftRecord["type"]): number {
    return this.#counts.get(type) ?? 0;
  }

  /** Writes what has been added, where its order is that of the inputs. */
  async flush(): Promise<void> {
    if (this.#sorted) return;
    const entries = this.#entries;
    this.#entries = [];
    for (const entry of entries) await this.#writer.write(entry);
  }

  /** Closes the file; it stands under its name from then on. */
  async commit() {
    if (this.#sorted) {
      const lines = this.#entries.map((entry) => [JSON.stringify(entry), entry] as const);
      lines.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      for (const [, entry] of lines) await this.#writer.write(entry);
    }
    return await this.#writer.commit();
  }

  /** Removes what was written. */
  async abandon(): Promise<void> {
    await this.#writer.abandon();
  }
}
