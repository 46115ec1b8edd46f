import type { Emit } from "../../contract/events.js";
import type { StepWork } from "../../contract/service.js";
import type { StepSummary } from "../../contract/step-summary.js";
import type { Executor } from "../../executors/executor.js";
import type { Pipeline } from "../config/pipeline.js";
import type { Retries } from "../config/steering-keys.js";
import type { PlannedStep } from "../plan/plan.js";
import type { Session } from "../plan/session.js";
import type { StepManifest } from "../state/manifest.js";
import type { Budget } from "./budget.js";
import type { Feed } from "./feed.js";
import type { Slots } from "./slots.js";
import type { StepInput } from "./step-input.js";
import type { StepSteering } from "./step-steering.js";

/** What a step needs from the run around it. */
export interface StepSurroundings {
  readonly session: Session;
  /** What is asked now, by all steps that are under way, and by the steps after them. */
  readonly work: () => StepWork;
  readonly executor: Executor;
  /** Those of the executor, shared with the other steps that are under way. */
  readonly slots: Slots;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Aborted when no partition of any step begins any more; those that run end. */
  readonly halt: AbortSignal;
  readonly steering: StepSteering;
  /** Of the run and of the step: what of them is left. */
  readonly budgets: readonly Budget[];
  readonly retries: Retries;
  /** Whether to tell of single items. */
  readonly tellsItems: boolean;
  readonly acceptFailures: boolean;
  /** What the first input of the step holds, as it comes. */
  readonly input: StepInput;
  /** Where those read it who do not wait for its end. */
  readonly feed: Feed;
  /** Results of the steps before, by id, without those that are under way. */
  readonly finished: ReadonlyMap<string, StepManifest>;
  /** Folders of all steps, by id. */
  readonly folders: ReadonlyMap<string, string>;
  /** What the steps counted that this step's inputs come from; null while one of them is under way. */
  readonly history: () => readonly StepSummary[] | null;
  /** Whether the step is still what it was when it began: what it reads has ended as it was to end. */
  readonly isCurrent: (planned: PlannedStep) => Promise<boolean>;
  readonly pipeline: Pipeline;
  /** Whether to tell what models write while they write it. */
  readonly streams: boolean;
  /** Run all of it again, whatever an earlier run of the same step left. */
  readonly discard: boolean;
  /**
   * Folder in which the step began in this run before it turned out that what it reads is another; null where it did
   * not.
   */
  readonly begunIn: string | null;
}
