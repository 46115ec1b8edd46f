import { interrupted } from "../system/abort.js";
import type { Orders } from "./protocol.js";

/** What a run says that nobody steers. */
export const noOrders: Orders = { word: 0, paused: false, closed: false, skipped: [] };

/** Where the items of a partition wait while the run is paused. */
export class Gate {
  #orders: Orders;
  #skipped: ReadonlySet<string>;
  #waiting: (() => void)[] = [];
  #atWork = 0;
  #listen: (skipped: ReadonlySet<string>) => void = () => undefined;
  readonly #signal: AbortSignal;
  readonly #atRest: (word: number) => void;

  /**
   * @param orders what the run said before the partition began
   * @param signal lets nobody wait any longer: who waits fails as interrupted
   * @param atRest called when everything that had begun before a pause has ended, with the word that paused the run
   */
  constructor(
    orders: Orders,
    { signal, atRest }: { readonly signal: AbortSignal; readonly atRest: (word: number) => void },
  ) {
    this.#orders = orders;
    this.#skipped = new Set(orders.skipped);
    this.#signal = signal;
    this.#atRest = atRest;
    signal.addEventListener("abort", () => this.#wake(), { once: true });
  }

  /** Takes what the run has to say; the last word counts. */
  steer(orders: Orders): void {
    if (orders.word < this.#orders.word) return;
    this.#orders = orders;
    this.#skipped = new Set(orders.skipped);
    this.#listen(this.#skipped);
    if (orders.paused) this.#tell();
    else this.#wake();
  }

  /** Tells of the items that are to be left out whenever the run has spoken. */
  onSkip(listen: (skipped: ReadonlySet<string>) => void): void {
    this.#listen = listen;
  }

  get isShut(): boolean {
    return this.#orders.paused;
  }

  /** Whether what has not begun is left to a later run. */
  get isClosed(): boolean {
    return this.#orders.closed;
  }

  skips(id: string): boolean {
    return this.#skipped.has(id);
  }

  /** Goes on as soon as an item may begin. */
  async pass(): Promise<void> {
    while (this.isShut) {
      if (this.#signal.aborted) throw interrupted();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.#tell();
      });
    }
  }

  /** Does a piece of work once it may begin. */
  async work<T>(work: () => Promise<T>): Promise<T> {
    if (this.isShut) await this.pass();
    this.#atWork += 1;
    try {
      return await work();
    } finally {
      this.#atWork -= 1;
      this.#tell();
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** A stage that works through its items one by one is at rest when it asks for the next. */
  #tell(): void {
    if (this.isShut && this.#waiting.length > 0 && this.#atWork === 0) this.#atRest(this.#orders.word);
  }
}
