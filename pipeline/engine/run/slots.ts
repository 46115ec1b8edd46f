import { interrupted } from "../../system/abort.js";

interface Waiting {
  readonly step: string;
  readonly begin: () => void;
}

/**
 * The slots of an executor, shared by the steps that are under way: a free one goes to the step that has fewest, of
 * those to the one that has waited longest for its turn. So no step keeps another from getting on, neither one that
 * feeds it nor one that it feeds.
 */
export class Slots {
  #free: number;
  /** Slots that each step has. */
  readonly #taken = new Map<string, number>();
  /** When each step had its last turn. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  #waiting: Waiting[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Waits for a slot; whose signal is aborted leaves, as interrupted. Answers what gives it back. */
  async take(step: string, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw interrupted();
    await new Promise<void>((begin, refuse) => {
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        refuse(interrupted());
      };
      const waiting: Waiting = {
        step,
        begin: () => {
          signal.removeEventListener("abort", leave);
          begin();
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiting);
      this.#give();
    });
    return () => {
      this.#free += 1;
      this.#taken.set(step, this.#of(step) - 1);
      this.#give();
    };
  }

  #give(): void {
    while (this.#free > 0) {
      const [first] = this.#waiting.toSorted(
        (a, b) => this.#of(a.step) - this.#of(b.step) || this.#lastTurn(a.step) - this.#lastTurn(b.step),
      );
      if (first === undefined) return;
      this.#waiting = this.#waiting.filter((each) => each !== first);
      this.#free -= 1;
      this.#taken.set(first.step, this.#of(first.step) + 1);
      this.#turns.set(first.step, (this.#turn += 1));
      first.begin();
    }
  }

  #of(step: string): number {
    return this.#taken.get(step) ?? 0;
  }

  #lastTurn(step: string): number {
    return this.#turns.get(step) ?? 0;
  }
}
