import { ServeError } from "./errors.js";

/** Lets so many requests wait as was said, and sends the others away with when to come again. */
export class Admission {
  #inHand = 0;
  /** Seconds that the last requests took, the newest counting most. */
  #seconds = 1;

  /**
   * @param places requests that are answered at once
   * @param queue requests that may wait beside them
   */
  constructor(
    private readonly places: () => number,
    readonly queue: number,
  ) {}

  get inHand(): number {
    return this.#inHand;
  }

  /** Throws a ServeError 429 where too many wait already. */
  requirePlace(): void {
    const places = Math.max(1, this.places());
    if (this.#inHand < places + this.queue) return;
    const wait = Math.max(1, Math.ceil((this.#seconds * this.queue) / places));
    throw new ServeError(429, "queue_full", `${this.queue} requests wait already`, null, wait);
  }

  /** Answers a request in its turn. Throws a ServeError 429 where too many wait already. */
  async admit<T>(answer: () => Promise<T>): Promise<T> {
    this.requirePlace();
    this.#inHand += 1;
    const began = performance.now();
    try {
      return await answer();
    } finally {
      this.#inHand -= 1;
      this.#seconds = this.#seconds * 0.8 + ((performance.now() - began) / 1000) * 0.2;
    }
  }
}
