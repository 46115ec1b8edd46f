import { interrupted } from "../system/abort.js";
import { addTo } from "../system/group-by.js";
import type { Asker } from "../contract/service.js";

/** Who asks where nobody says so: a command, a test. */
export const nobody: Asker = { step: "", partition: 0 };

/**
 * What waits for a model, in turns: steps take turns, and within a step its partitions, so that one that asks for
 * thousands of answers holds up none that asks for one.
 */
export class FairQueue<T extends { readonly asker: Asker }> {
  readonly #lines = new Map<string, Map<number, T[]>>();

  /** All that waits, the one whose turn it is first. */
  get inTurn(): readonly T[] {
    return interleaved([...this.#lines.values()].map((partitions) => interleaved([...partitions.values()])));
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  add(item: T): void {
    const { step, partition } = item.asker;
    const partitions = this.#lines.get(step) ?? new Map<number, T[]>();
    this.#lines.set(step, partitions);
    addTo(partitions, partition, item);
  }

  /** Takes an item out that waits; whoever it belongs to has had a turn, unless it `leaves` without. */
  take(item: T, { leaves = false }: { readonly leaves?: boolean } = {}): void {
    const { step, partition } = item.asker;
    const partitions = this.#lines.get(step);
    const line = partitions?.get(partition)?.filter((other) => other !== item);
    if (partitions === undefined || line === undefined) return;
    if (!leaves || line.length === 0) partitions.delete(partition);
    if (line.length > 0) partitions.set(partition, line);
    if (!leaves || partitions.size === 0) this.#lines.delete(step);
    if (partitions.size > 0) this.#lines.set(step, partitions);
  }
}

interface Waiting {
  readonly asker: Asker;
  readonly begin: () => void;
}

/** Places of a model that are taken in turns, for a backend that has no queue of its own. */
export class Turns {
  readonly #waiting = new FairQueue<Waiting>();
  #busy = 0;

  /** @param places requests that may be in hand at once; asked anew each time one is to begin */
  constructor(private readonly places: () => number) {}

  /** Does the work when its turn comes. Whose signal is aborted leaves the queue at once, as interrupted. */
  async take<T>(
    work: () => Promise<T>,
    { asker = nobody, signal }: { readonly asker?: Asker; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    await this.#turn(asker, signal);
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      this.#next();
    }
  }

  async #turn(asker: Asker, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw interrupted();
    await new Promise<void>((begin, refuse) => {
      const leave = (): void => {
        this.#waiting.take(waiting, { leaves: true });
        refuse(interrupted());
      };
      const waiting: Waiting = {
        asker,
        begin: () => {
          signal?.removeEventListener("abort", leave);
          begin();
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.add(waiting);
      this.#next();
    });
  }

  #next(): void {
    for (let [first] = this.#waiting.inTurn; first !== undefined && this.#busy < this.places();) {
      this.#waiting.take(first);
      this.#busy += 1;
      first.begin();
      [first] = this.#waiting.inTurn;
    }
  }
}

/** The first of each list, then the second of each, and so on. */
function interleaved<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, place) => place).flatMap((place) =>
    lists.flatMap((list) => list.slice(place, place + 1)),
  );
}
