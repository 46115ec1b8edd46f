import type { Emit } from "../contract/events.js";

/** Adds up what the processes of a model report, and tells it at most once a second. */
export class ActivityMeter {
  #generated = 0;
  #inFlight = 0;
  #told = { at: performance.now(), generated: 0 };

  constructor(
    private readonly model: string,
    private readonly emit: Emit,
    private readonly processes: () => { readonly count: number; readonly memoryBytes: number },
  ) {}

  add(tokens: number): void {
    this.#generated += tokens;
    const at = performance.now();
    const seconds = (at - this.#told.at) / 1000;
    if (seconds < 1) return;
    const { count, memoryBytes } = this.processes();
    const tokensPerSecond = (this.#generated - this.#told.generated) / seconds;
    this.#told = { at, generated: this.#generated };
    this.emit({
      type: "model",
      model: this.model,
      processes: count,
      tokensPerSecond,
      generated: this.#generated,
      memoryBytes,
    });
  }

  /** A request begins. A pause before it does not count as slow work. */
  begin(): void {
    if (this.#inFlight === 0) this.#told = { at: performance.now(), generated: this.#generated };
    this.#inFlight += 1;
  }

  end(): void {
    this.#inFlight -= 1;
  }
}
