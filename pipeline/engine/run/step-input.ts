import type { RecordFile } from "../../partition/record-file.js";
import type { Bell } from "./bell.js";
import type { Feed } from "./feed.js";

/** A step that is read: what it has left, or what it puts out while it is under way. */
export type Source = RecordFile | Feed;

/** What became of the wait for a partition's records. */
export type Arrival = "there" | "over" | "broken";

/** The records of a step's first input as they come: of the steps that are joined in it, one after the other. */
export class StepInput {
  readonly #sources: readonly Source[];
  readonly #bell: Bell;
  /** Records that a partition takes. */
  readonly #size: number;

  /** @param bell rung whenever one of the sources has changed */
  constructor(sources: readonly Source[], size: number, bell: Bell) {
    this.#sources = sources;
    this.#size = size;
    this.#bell = bell;
  }

  /** What is there. */
  get files(): readonly RecordFile[] {
    return this.#there.flatMap((source) => ("path" in source ? [source] : source.files));
  }

  /** Records that are there. */
  get records(): number {
    return this.#there.reduce((sum, { records }) => sum + records, 0);
  }

  /** Whether all of it is there. */
  get isComplete(): boolean {
    return this.#feeds.every(({ state }) => state === "complete");
  }

  /** Whether a step that is read has turned out not to be what it was to be. */
  get isBroken(): boolean {
    return this.#feeds.some(({ state }) => state === "broken");
  }

  /** Partitions of which all records are there: of a step whose input is empty it is one. */
  get partitions(): number {
    if (!this.isComplete) return Math.floor(this.records / this.#size);
    return this.#size === Infinity ? 1 : Math.max(1, Math.ceil(this.records / this.#size));
  }

  /** Waits for the records of a partition; `over` where there is no such partition. */
  async wait(partition: number, signal: AbortSignal): Promise<Arrival> {
    return await this.#until(() => partition < this.partitions, signal);
  }

  /** Waits for all records. */
  async waitForAll(signal: AbortSignal): Promise<Arrival> {
    return await this.#until(() => this.isComplete, signal);
  }

  /** What is there now stays, until the function is called that this answers. */
  hold(): () => void {
    const releases = this.#feeds.filter(({ state }) => state === "open").map((feed) => feed.hold());
    return () => {
      for (const release of releases) release();
    };
  }

  /** The sources up to the first that is not complete. */
  get #there(): readonly Source[] {
    const open = this.#sources.findIndex((source) => !("path" in source) && source.state !== "complete");
    return open === -1 ? this.#sources : this.#sources.slice(0, open + 1);
  }

  get #feeds(): Feed[] {
    return this.#sources.filter((source): source is Feed => !("path" in source));
  }

  /** @param signal aborted when nobody waits any longer: then it is over */
  async #until(isThere: () => boolean, signal: AbortSignal): Promise<Arrival> {
    const wake = () => this.#bell.ring();
    signal.addEventListener("abort", wake, { once: true });
    try {
      for (;;) {
        if (this.isBroken) return "broken";
        if (isThere()) return "there";
        if (this.isComplete || signal.aborted) return "over";
        await this.#bell.after(this.#bell.rung);
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }
}
