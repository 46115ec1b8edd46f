import { PipelineError } from "../../system/errors.js";
import type { BudgetSpec } from "../config/steering-keys.js";

/** What a budget bounds. */
type Measure = keyof BudgetSpec;

/** A budget of a run or of a step, while it is used. */
export class Budget {
  /** What it is of, as errors say it: step "generate". */
  readonly #of: string;
  readonly #spec: BudgetSpec;
  readonly #onSpent: () => void;
  readonly #timer: NodeJS.Timeout | undefined;
  #spent: Measure | null = null;
  #tokens = 0;
  #items = 0;
  /** Items that partitions may begin that still run. */
  #reserved = 0;
  #waiting: (() => void)[] = [];

  /** @param onSpent called as soon as nothing more may begin */
  constructor(of: string, spec: BudgetSpec, onSpent: () => void) {
    this.#of = of;
    this.#spec = spec;
    this.#onSpent = onSpent;
    if (spec.seconds !== undefined) {
      // Longer than a timer can wait is for ever.
      const milliseconds = Math.min(spec.seconds * 1000, 2 ** 31 - 1);
      this.#timer = setTimeout(() => this.#spend("seconds"), milliseconds).unref();
    }
  }

  /** Whether it is used up, so that nothing more may begin, of whatever kind. */
  get isSpent(): boolean {
    return this.#spent !== null;
  }

  /** A model has written so many tokens more. */
  useTokens(tokens: number): void {
    this.#tokens += tokens;
    if (this.#spec.tokens !== undefined && this.#tokens >= this.#spec.tokens) this.#spend("tokens");
  }

  /**
   * Items that a partition may begin, at most `wanted`; they are its own until it gives back what it did not use. Waits
   * for the others where they hold what is left. 0: there are none.
   */
  async reserve(wanted: number): Promise<number> {
    const { items } = this.#spec;
    if (items === undefined) return wanted;
    for (;;) {
      const left = items - this.#items - this.#reserved;
      if (left > 0 || this.#reserved === 0) {
        const given = Math.min(wanted, Math.max(0, left));
        this.#reserved += given;
        return given;
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** A partition has ended, and has begun so many of the items that it had. */
  settle(reserved: number, used: number): void {
    if (this.#spec.items === undefined) return;
    this.#reserved -= reserved;
    this.#items += used;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** What it is to be told that it is used up. */
  error(): PipelineError {
    const measure = this.#spent ?? "items";
    const used = { seconds: this.#spec.seconds, tokens: this.#tokens, items: this.#items }[measure] ?? 0;
    const most = this.#spec[measure] ?? 0;
    return new PipelineError(
      `the budget of ${this.#of} is used up: ${used > most ? `${used} of ` : ""}${most} ${measure}`,
      {
        code: "budget",
        hint:
          `what is finished is kept: run the same command again, and it goes on with as much once more; ` +
          `or allow more (budget: { ${measure}: ... })`,
      },
    );
  }

  /** Whether something of it is used up; items alone keep no step from beginning that does not count them. */
  get isUsedUp(): boolean {
    const { items } = this.#spec;
    return this.isSpent || (items !== undefined && this.#items >= items);
  }

  /** Nobody uses it any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#reserved = 0;
    for (const go of this.#waiting.splice(0)) go();
  }

  #spend(measure: Measure): void {
    if (this.#spent !== null) return;
    this.#spent = measure;
    this.#onSpent();
  }
}

/** Items that a partition may begin of all these budgets, at most `wanted`. */
export async function reserve(budgets: readonly Budget[], wanted: number): Promise<number> {
  let given = wanted;
  for (const [index, budget] of budgets.entries()) {
    const less = await budget.reserve(given);
    for (const before of budgets.slice(0, index)) before.settle(given - less, 0);
    given = less;
  }
  return given;
}

/** A partition has ended that had reserved so many items, and has begun so many of them. */
export function giveBack(budgets: readonly Budget[], reserved: number, begun: number): void {
  for (const budget of budgets) budget.settle(reserved, begun);
}

/** The first of the budgets that is used up. */
export function usedUp(budgets: readonly Budget[]): Budget | undefined {
  return budgets.find((budget) => budget.isUsedUp);
}
