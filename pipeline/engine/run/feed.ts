import type { PartitionReceipt } from "../../partition/receipt.js";
import type { RecordFile } from "../../partition/record-file.js";
import type { StepManifest } from "../state/manifest.js";
import type { Bell } from "./bell.js";

/**
 * What a step that is under way has put out so far, for the steps that read from it: its finished partitions in order,
 * up to the first that is not finished or has failures. So far it is, byte by byte, what the finished step will hold
 * where none of its inputs fails, and that is what its fingerprint promises to those who read it.
 */
export class Feed {
  /** Those that others stand before: partitions end in any order. */
  readonly #ahead = new Map<number, RecordFile>();
  #files: RecordFile[] = [];
  #records = 0;
  #next = 0;
  #state: "open" | "complete" | "broken" = "open";
  #readers = 0;
  #unread: (() => void)[] = [];
  readonly #bell: Bell;

  /** @param bell rung whenever something has changed */
  constructor(bell: Bell) {
    this.#bell = bell;
  }

  /** What can be read. */
  get files(): readonly RecordFile[] {
    return this.#files;
  }

  /** How many records these are. */
  get records(): number {
    return this.#records;
  }

  get state(): "open" | "complete" | "broken" {
    return this.#state;
  }

  /** A partition is finished: nothing of it is tried again in this run. */
  add({ partition, counts, output }: Pick<PartitionReceipt, "partition" | "counts" | "output">): void {
    if (counts.failed > 0) return;
    this.#ahead.set(partition, output);
    for (let file = this.#ahead.get(this.#next); file !== undefined; file = this.#ahead.get(this.#next)) {
      this.#ahead.delete(this.#next);
      this.#files.push(file);
      this.#records += file.records;
      this.#next += 1;
    }
    this.#bell.ring();
  }

  /** The step is finished. With failures it is not what its fingerprint promises: who reads it has to begin anew. */
  complete({ counts, records }: StepManifest): void {
    if (counts.failed > 0) return this.break();
    this.#files = [records];
    this.#records = records.records;
    this.#state = "complete";
    this.#bell.ring();
  }

  /** What was read of it does not count: the step is given up, or becomes another. */
  break(): void {
    if (this.#state === "open") this.#state = "broken";
    this.#bell.ring();
  }

  /** A partition reads the files as they are now, until it calls what this answers. */
  hold(): () => void {
    this.#readers += 1;
    return () => {
      this.#readers -= 1;
      if (this.#readers === 0) for (const go of this.#unread.splice(0)) go();
    };
  }

  /** Goes on when nobody reads what the partitions have left. */
  async unread(): Promise<void> {
    if (this.#readers === 0) return;
    await new Promise<void>((resolve) => {
      this.#unread.push(resolve);
    });
  }
}
