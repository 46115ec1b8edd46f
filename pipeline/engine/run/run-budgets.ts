import type { BudgetSpec } from "../config/steering-keys.js";
import { Budget } from "./budget.js";

/** What a run and its steps may use. */
export class RunBudgets {
  readonly #ofRun: readonly Budget[];

  /** @param onSpent called as soon as what the run may use is spent: nothing more may begin */
  constructor(ofRun: BudgetSpec | undefined, onSpent: () => void) {
    this.#ofRun = open("the run", ofRun, onSpent);
  }

  /** Throws a PipelineError (budget) where the run as a whole may use nothing more. */
  check(): void {
    for (const budget of this.#ofRun) if (budget.isSpent) throw budget.error();
  }

  /**
   * Does the work of a step, which may use what the run has left, and what is the step's own while it runs.
   * @param onSpent called as soon as what is its own is spent
   */
  async within<T>(
    { id, budget: spec }: { readonly id: string; readonly budget?: BudgetSpec },
    onSpent: () => void,
    work: (budgets: readonly Budget[]) => Promise<T>,
  ): Promise<T> {
    const ofStep = open(`step "${id}"`, spec, onSpent);
    try {
      return await work([...this.#ofRun, ...ofStep]);
    } finally {
      for (const budget of ofStep) budget.end();
    }
  }

  /** The run is over. */
  end(): void {
    for (const budget of this.#ofRun) budget.end();
  }
}

function open(of: string, spec: BudgetSpec | undefined, onSpent: () => void): Budget[] {
  return spec === undefined ? [] : [new Budget(of, spec, onSpent)];
}
