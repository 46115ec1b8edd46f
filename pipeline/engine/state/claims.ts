import { interrupted } from "../../system/abort.js";

/**
 * Keys that are being computed. Who asks for one waits until it is known or given up; of a partition that ends, all are
 * given up.
 */
export class Claims {
  readonly #taken = new Map<string, { readonly given: Promise<void>; readonly give: () => void }>();

  /** What one partition computes. */
  open(): PartitionClaims {
    const own = new Set<string>();
    let isClosed = false;
    const giveUp = (key: string) => {
      if (!own.delete(key)) return;
      this.#taken.get(key)?.give();
      this.#taken.delete(key);
    };
    return {
      take: async (key, recall) => {
        for (;;) {
          const known = recall();
          if (known !== null) return known;
          // Who has ended gives nothing up any more, and the next one would wait for ever.
          if (isClosed) throw interrupted();
          const holder = this.#taken.get(key);
          if (holder === undefined) break;
          await holder.given;
        }
        const { promise, resolve } = withResolver();
        this.#taken.set(key, { given: promise, give: resolve });
        own.add(key);
        return null;
      },
      giveUp,
      close: () => {
        isClosed = true;
        for (const key of own) giveUp(key);
      },
    };
  }
}

/** The keys of the memo that one partition is computing: whoever else asks for one waits for it. */
export interface PartitionClaims {
  /** What `recall` finds, now or when another has computed it; null where the caller is the one to compute it. */
  take<T>(key: string, recall: () => T | null): Promise<T | null>;
  /** Lets others go on: the key is kept by now, or could not be computed. */
  giveUp(key: string): void;
  /** Gives up all; who still waits fails as interrupted. */
  close(): void;
}

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
