import type { HostFunctions } from "./protocol.js";

/** Milliseconds between two words of progress from one partition. */
const progressInterval = 100;

/** What is counted elsewhere while a partition runs. */
interface Counted {
  /** Records of the first input. */
  readonly inputs: number;
  /** Records that were put out so far. */
  readonly out: () => number;
  readonly dropped: () => number;
}

/**
 * Tells the host how far the partition is: by the stage's own word, or else by the inputs that its `map` is done with,
 * or else by those that it has taken.
 */
export class PartitionProgress {
  readonly #host: Pick<HostFunctions, "progress">;
  readonly #counted: Counted;
  #taken = 0;
  #mapped: number | undefined;
  #stated: readonly [done: number, total: number, unit: string | undefined] | undefined;
  #lastSent = -Infinity;

  constructor(host: Pick<HostFunctions, "progress">, counted: Counted) {
    this.#host = host;
    this.#counted = counted;
  }

  /** The stage takes an input. */
  byInput(): void {
    this.#taken += 1;
    this.tell();
  }

  /** The stage's `map` is done with so many inputs. */
  byMap(done: number): void {
    this.#mapped = done;
    this.tell();
  }

  /** The stage says it itself. */
  byStage(done: number, total: number, unit: string | undefined): void {
    this.#stated = [done, total, unit];
    this.tell();
  }

  /** Tells how far it is, unless it has just done so. */
  tell(): void {
    if (performance.now() - this.#lastSent < progressInterval) return;
    this.#lastSent = performance.now();
    const { inputs, out, dropped } = this.#counted;
    const [done, total, unit] = this.#stated ?? [this.#mapped ?? this.#taken, inputs, undefined];
    this.#host.progress(done, total, unit, out(), dropped());
  }
}
