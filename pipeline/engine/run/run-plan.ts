import { serializeError } from "../../system/errors.js";
import type { Emit, RunFinished } from "../../contract/events.js";
import { createLocalExecutor } from "../../executors/local.js";
import { outputsDir, type RunOptions, stateDir } from "../config/options.js";
import { makePlan, type Plan, type PlannedStep } from "../plan/plan.js";
import { type Selection, selectSteps } from "../plan/select.js";
import { keptBytes, pruneResults } from "../state/results.js";
import { Bell } from "./bell.js";
import { artifactsOf, checkOutputs, publishOutputs } from "./outputs.js";
import { completePublishing } from "./publishing.js";
import { Reloading } from "./reload.js";
import { RunBudgets } from "./run-budgets.js";
import { RunningPlan } from "./running-plan.js";
import type { RunSurroundings } from "./run-surroundings.js";
import { describeSteps } from "./step-order.js";
import { Turns } from "./turns.js";

/**
 * Runs the steps of a plan that are not finished, and publishes the outputs. Answers what `run-finished` tells of them.
 * Throws a PipelineError where a step does not get to its end; what is finished by then is kept.
 */
export async function runPlan(plan: Plan, surroundings: RunSurroundings): Promise<Partial<RunFinished>> {
  const { run, session, options, emit, steering } = surroundings;
  const { name, seed, budget } = plan.pipeline;
  const selection = selectSteps(plan.steps, options);
  emit({
    type: "run-started",
    run,
    pipeline: name,
    seed,
    steps: describeSteps(selection.selected, selection.forced),
  });
  await prepareOutputs(plan, selection, surroundings);

  const executor = options.executor ?? createLocalExecutor({ slots: options.workers, roots: session.roots });
  const running = new RunningPlan(plan, session, options);
  const bell = new Bell();
  const reloading = new Reloading(plan, {
    makeAgain: async () => await makePlan(plan.pipeline, session, options),
    onChange: () => bell.ring(),
    emit,
  });
  const budgets = new RunBudgets(budget, () => steering.close());
  const turns = new Turns({ running, selection, executor, reloading, budgets, bell }, surroundings);
  try {
    steering.onReload(async (ref) => await reloading.reload(ref));
    await turns.takeAll();
    steering.endReloads();
  } finally {
    budgets.end();
    await Promise.allSettled([executor.close(), session.services.close()]);
    await pruneAround([...running.plan.steps, ...running.steps.steps.values()], options, emit);
  }
  const outputs = await publishOutputs(running.plan, running.steps, running.finished, options, emit);
  return {
    outputs,
    artifacts: outputs === null ? [] : await artifactsOf(running.plan, running.finished),
    nothingToDo: turns.ran === 0,
  };
}

/** Ends what a killed run had begun to publish, and tells steps apart that are known to leave the same path. */
async function prepareOutputs(
  plan: Plan,
  { forced }: Selection,
  { options, emit }: Pick<RunSurroundings, "options" | "emit">,
): Promise<void> {
  await completePublishing(outputsDir(options, plan.pipeline), (message) =>
    emit({ type: "notice", level: "warning", message }),
  );
  const known = plan.steps.flatMap(({ step, manifest }) =>
    manifest === null || forced.has(step.id) ? [] : [[step.id, manifest] as const],
  );
  checkOutputs(plan, new Map(known));
}

/**
 * Keeps the results of all pipelines within their limit; nothing that this one uses goes. Where that fails, the run has
 * not.
 */
async function pruneAround(steps: readonly PlannedStep[], options: RunOptions, emit: Emit): Promise<void> {
  const inUse = new Set(steps.map(({ folder }) => folder));
  await pruneResults(stateDir(options), { keep: options.keepBytes ?? keptBytes, inUse }).catch((error: unknown) => {
    emit({
      type: "notice",
      level: "warning",
      message: `old results of steps could not be removed: ${serializeError(error).message}`,
    });
  });
}
