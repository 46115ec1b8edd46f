import type { Executor } from "../../executors/executor.js";
import type { Selection } from "../plan/select.js";
import type { Bell } from "./bell.js";
import type { Reloading } from "./reload.js";
import type { RunBudgets } from "./run-budgets.js";
import type { RunningPlan } from "./running-plan.js";

/** What the turns of a run's steps go by. */
export interface TurnParts {
  readonly running: RunningPlan;
  readonly selection: Selection;
  readonly executor: Executor;
  readonly reloading: Reloading;
  readonly budgets: RunBudgets;
  /** Rung whenever a step may be able to begin. */
  readonly bell: Bell;
}
