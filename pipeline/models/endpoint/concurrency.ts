/**
 * How many requests a server is asked at once: one more after as many answers as are in flight, half as many when it
 * refuses, fewer when it breaks (additive increase, multiplicative decrease, as TCP keeps a line full), and no more
 * while first tokens come slower than they did, since a server that queues gives nothing for being asked more.
 */
export class Concurrency {
  #limit: number;
  #answers = 0;
  #inFlight = 0;
  /** Milliseconds to the first token: the least that was seen, and what it is now. */
  #least = Infinity;
  #latency: number | null = null;
  /** Requests that began before it was halved say nothing of what it is now. */
  #halvedAt = -Infinity;
  #restUntil = 0;

  constructor(
    private readonly most: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#limit = Math.min(most, 4);
  }

  /** Requests that may be in flight now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Milliseconds that nothing may begin. */
  get rest(): number {
    return Math.max(0, this.#restUntil - this.now());
  }

  /** A request begins; answers when, for whoever ends it. */
  begin(): number {
    this.#inFlight += 1;
    return this.now();
  }

  /** A request has ended that brought nothing to learn from: it was stopped. */
  end(): void {
    this.#inFlight -= 1;
  }

  /** A request was answered. @param first milliseconds to its first token */
  answered(first: number): void {
    const wasFull = this.#inFlight >= this.limit;
    this.end();
    this.#least = Math.min(this.#least * 1.01, first);
    this.#latency = this.#latency === null ? first : this.#latency * 0.8 + first * 0.2;
    const queues = this.#latency > slack + 3 * this.#least;
    // What is not used says nothing about whether more would be taken.
    if (!wasFull || queues || this.#limit >= this.most) return;
    this.#answers += 1;
    if (this.#answers < this.limit) return;
    this.#limit += 1;
    this.#answers = 0;
  }

  /**
   * The server refused a request, or broke at it.
   *
   * @param isBusy whether it says that it is asked too much; what breaks may break for another reason
   * @param rest milliseconds that it wants to be left alone
   */
  refused(beganAt: number, { isBusy, rest }: { readonly isBusy: boolean; readonly rest: number | null }): void {
    this.end();
    if (rest !== null) this.#restUntil = Math.max(this.#restUntil, this.now() + rest);
    if (beganAt < this.#halvedAt) return;
    this.#halvedAt = this.now();
    this.#limit = Math.max(1, this.#limit * (isBusy ? 0.5 : 0.8));
    this.#answers = 0;
  }
}

/** Milliseconds by which first tokens may come later without a reason. */
const slack = 250;
