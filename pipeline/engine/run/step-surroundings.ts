import type { Emit } from "../../contract/events.js";
import type { StepWork } from "../../contract/service.js";
import type { StepSummary } from "../../contract/step-summary.js";
import type { Executor } from "../../executors/executor.js";
import type { Pipeline } from "../config/pipeline.js";
import type { Retries } from "../config/steering-keys.js";
import type { Session } from "../plan/session.js";
import type { StepManifest } from "../state/manifest.js";
import type { Budget } from "./budget.js";
import type { Steering } from "./steering.js";

/** What a step needs from the run around it. */
export interface StepSurroundings {
  readonly session: Session;
  /** What the step asks, and the steps after it. */
  readonly work: StepWork;
  readonly executor: Executor;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly steering: Steering;
  /** Of the run and of the step: what of them is left. */
  readonly budgets: readonly Budget[];
  readonly retries: Retries;
  /** Whether to tell of single items. */
  readonly tellsItems: boolean;
  readonly acceptFailures: boolean;
  /** Results of the steps before, by id. */
  readonly finished: ReadonlyMap<string, StepManifest>;
  /** What they counted, for those that this step's inputs come from. */
  readonly history: readonly StepSummary[];
  readonly pipeline: Pipeline;
  /** Whether to tell what models write while they write it. */
  readonly streams: boolean;
  /** Run all of it again, whatever an earlier run of the same step left. */
  readonly discard: boolean;
}
