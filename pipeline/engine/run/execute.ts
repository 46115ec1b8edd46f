import { randomBytes } from "node:crypto";
import { interrupted } from "../../system/abort.js";
import { explainError, PipelineError, serializeError } from "../../system/errors.js";
import type { Emit, RunFinished } from "../../contract/events.js";
import { type RunOptions, stateDir } from "../config/options.js";
import type { Pipeline } from "../config/pipeline.js";
import { fallBack, tellFallbacks } from "../plan/fallback.js";
import { makePlan, type Plan } from "../plan/plan.js";
import type { Providers } from "../plan/providers.js";
import { selectSteps } from "../plan/select.js";
import { openSession, type Session } from "../plan/session.js";
import { RunLock } from "./run-lock.js";
import { runPlan } from "./run-plan.js";
import type { Steering } from "./steering.js";

/** Options of a run that can be stopped. */
type StoppableOptions = RunOptions & Required<Pick<RunOptions, "signal">>;

/** A run that was asked for. */
export interface AskedRun {
  readonly pipeline: Pipeline;
  readonly options: StoppableOptions;
  readonly providers: Providers;
  readonly emit: Emit;
  readonly steering: Steering;
}

/** Carries a run out, from its lock to `run-finished`; throws where it does not get to its end. */
export async function execute(asked: AskedRun): Promise<void> {
  const { options, emit } = asked;
  const started = performance.now();
  const finish = (status: RunFinished["status"], rest: Partial<RunFinished>) => {
    emit({
      type: "run-finished",
      status,
      seconds: (performance.now() - started) / 1000,
      outputs: null,
      artifacts: [],
      nothingToDo: false,
      ...rest,
    });
  };
  const lock = RunLock.acquire(stateDir(options));
  try {
    finish("done", await runLocked(asked));
  } catch (error) {
    const reported = options.signal.aborted ? interrupted() : explainError(error);
    finish(endOf(reported), { error: serializeError(reported) });
    throw reported;
  } finally {
    lock.release();
  }
}

async function runLocked({ pipeline, options, providers, emit, steering }: AskedRun): Promise<Partial<RunFinished>> {
  const id = runId();
  const session = await openSession(pipeline, options, providers, emit);
  const { store } = session;
  try {
    store.startRun({
      run: id,
      pipeline: pipeline.name,
      file: pipeline.file,
      started: new Date().toISOString(),
      command: options.command ?? null,
    });
    const plan = await planWithModels(pipeline, session, options);
    tellFallbacks(plan, session);
    const result = await runPlan(plan, { run: id, session, options, emit, steering });
    store.finishRun(id, "done", new Date().toISOString(), null);
    return result;
  } catch (error) {
    noteFailure(store, id, options.signal.aborted ? "interrupted" : endOf(error), error);
    throw error;
  } finally {
    await session.close();
  }
}

/** The plan, once it is known of the models that have another one to fall back to which of the two is asked. */
async function planWithModels(pipeline: Pipeline, session: Session, options: StoppableOptions): Promise<Plan> {
  const plan = await makePlan(pipeline, session, options);
  const { selected, forced } = selectSteps(plan.steps, options);
  const running = selected.filter(({ step, manifest }) => manifest === null || forced.has(step.id));
  return (await fallBack(plan, running, session)) ? await makePlan(pipeline, session, options) : plan;
}

/** A run that was stopped, or has used its budget up, goes on when it is run again: it has not failed. */
function endOf(error: unknown): "interrupted" | "failed" {
  const resumes = error instanceof PipelineError && (error.code === "interrupted" || error.code === "budget");
  return resumes ? "interrupted" : "failed";
}

/** On a full disk even the failure cannot be noted; the next run then finds a run that never ended. */
function noteFailure(store: Session["store"], id: string, status: "interrupted" | "failed", error: unknown): void {
  try {
    store.finishRun(id, status, new Date().toISOString(), serializeError(error).message);
  } catch (failure) {
    if (serializeError(failure).code !== "disk") throw failure;
  }
}

function runId(): string {
  const now = new Date().toISOString().replaceAll(/[-:]/gu, "").replace("T", "-").slice(0, 15);
  return `${now}-${randomBytes(2).toString("hex")}`;
}
