import { anyOf, interrupted } from "../../system/abort.js";
import { PipelineError, serializeError } from "../../system/errors.js";
import type { Emit, RunFinished } from "../../contract/events.js";
import type { PlannedModel, StepWork } from "../../contract/service.js";
import { createLocalExecutor } from "../../executors/local.js";
import type { BudgetSpec } from "../config/steering-keys.js";
import { outputsDir, type RunOptions, stateDir } from "../config/options.js";
import { CurrentPlan } from "../plan/current-plan.js";
import { makePlan, type Plan, type PlannedStep } from "../plan/plan.js";
import { selectSteps } from "../plan/select.js";
import type { Session } from "../plan/session.js";
import { isStepModel, settleStepModel } from "../plan/step-models.js";
import type { StepManifest } from "../state/manifest.js";
import { keptBytes, noteUse, pruneResults } from "../state/results.js";
import { Budget } from "./budget.js";
import { artifactsOf, checkOutputs, publishOutputs } from "./outputs.js";
import { Reloading } from "./reload.js";
import { completePublishing } from "./publishing.js";
import type { Steering } from "./steering.js";
import { runStep, stepFinished } from "./step.js";
import { describeSteps, historyOf, modelsAfter } from "./step-order.js";

/** What all parts of a run share. */
export interface RunSurroundings {
  /** Id of the run. */
  readonly run: string;
  readonly session: Session;
  readonly options: RunOptions & Required<Pick<RunOptions, "signal">>;
  readonly emit: Emit;
  readonly steering: Steering;
}

/** Runs the steps of a plan that are not finished, and publishes the outputs. */
export async function runPlan(
  first: Plan,
  { run, session, options, emit, steering }: RunSurroundings,
): Promise<Partial<RunFinished>> {
  let plan = first;
  const { pipeline } = plan;
  const { selected, forced } = selectSteps(plan.steps, options);
  emit({
    type: "run-started",
    run,
    pipeline: pipeline.name,
    seed: pipeline.seed,
    steps: describeSteps(selected, forced),
  });

  const { signal } = options;
  const finished = new Map<string, StepManifest>();
  await completePublishing(outputsDir(options, pipeline), (message) =>
    emit({ type: "notice", level: "warning", message }),
  );
  checkOutputs(
    plan,
    new Map(
      plan.steps.flatMap(({ step, manifest }) =>
        manifest === null || forced.has(step.id) ? [] : [[step.id, manifest]],
      ),
    ),
  );
  const executor = options.executor ?? createLocalExecutor({ slots: options.workers, roots: session.roots });
  // A model that a step makes joins them when that step has run.
  const plannedModels = new Map([...plan.models].filter(([, model]) => !isStepModel(model)));
  let steps = new CurrentPlan(plan, session, options);
  const reloading = new Reloading(plan, async () => await makePlan(pipeline, session, options), emit);
  /** What this run has finished: it stands when the run goes back because a file was read anew. */
  const told = new Map<string, StepManifest>();
  const isSelected = new Set(selected.map(({ step }) => step.id));
  const ofRun = openBudget("the run", pipeline.budget);
  let ran = 0;

  /** Runs a step that can be steered, and may use what the budgets allow. */
  async function steered<T>(step: PlannedStep["step"], work: (budgets: Budget[]) => Promise<T>): Promise<T> {
    const ofStep = openBudget(`step "${step.id}"`, step.budget);
    try {
      const result = await work([...ofRun, ...ofStep]);
      steering.endStep();
      return result;
    } finally {
      for (const budget of ofStep) budget.end();
    }
  }

  /** Goes on with the plan that files which were read anew have changed, from its first step; false where none was. */
  function takeReloaded(): boolean {
    const next = reloading.take();
    if (next === null) return false;
    plan = next;
    steps = new CurrentPlan(plan, session, options);
    finished.clear();
    for (const [name, model] of plan.models) if (!isStepModel(model)) plannedModels.set(name, model);
    return true;
  }

  function openBudget(of: string, spec: BudgetSpec | undefined): Budget[] {
    return spec === undefined ? [] : [new Budget(of, spec, () => steering.close())];
  }

  /** A step has its turn. */
  async function takeTurn(id: string): Promise<void> {
    const planned = await steps.current(id);
    const { step, fingerprint } = planned;
    const started = performance.now();
    if (!isSelected.has(id)) {
      const result = planned.manifest ?? planned.earlier;
      if (result !== null && !forced.has(id)) finished.set(id, result);
      return;
    }
    const known = told.get(id);
    if (known?.fingerprint === fingerprint) {
      finished.set(id, known);
      steps.finished(planned, known);
      return;
    }
    const before = forced.has(id) ? null : planned.manifest;
    if (before === null) {
      emit({ type: "step-started", step: id });
      if (planned.damage !== null)
        emit({
          type: "notice",
          level: "warning",
          message: `the result of step "${id}" is damaged: ${planned.damage}; the step runs again`,
        });
      ran += 1;
      steering.beginStep(id);
      reloading.begin(id);
      for (const budget of ofRun) if (budget.isSpent) throw budget.error();
      await settleModels(planned, plannedModels, { makers: steps, plan, finished, session });
    }
    const discard = forced.has(id) || planned.damage !== null;
    const manifest =
      before ??
      (await steered(step, async (budgets) =>
        runStep(discard ? { ...planned, earlier: null } : planned, {
          session,
          work: {
            models: modelsOf(planned, plannedModels),
            later: [...modelsAfter(id, plan, { isSelected, forced })],
          },
          executor,
          emit,
          signal: anyOf([signal, reloading.signal]),
          steering,
          finished,
          pipeline,
          budgets,
          retries: step.retries ?? pipeline.retries ?? { times: 0, seconds: 0 },
          tellsItems: options.items === true,
          acceptFailures: options.acceptFailures === true,
          history: historyOf(planned, plan, finished),
          discard,
          streams: options.stream === true,
        }),
      ));
    await noteUse(planned.folder);
    finished.set(id, manifest);
    told.set(id, manifest);
    checkOutputs(plan, finished);
    steps.finished(planned, manifest);
    const seconds = (performance.now() - started) / 1000;
    session.store.finishStep(run, {
      step: id,
      fingerprint,
      cached: before !== null,
      seconds,
      counts: manifest.counts,
    });
    emit(stepFinished(manifest, { cached: before !== null, seconds }));
    for (const message of manifest.notices) emit({ type: "notice", level: "warning", message: `${id}: ${message}` });
    if (options.acceptFailures !== true) refuseAllFailed(step, manifest);
  }

  try {
    steering.onReload(async (ref) => await reloading.reload(ref));
    const order = plan.steps.map(({ step }) => step.id);
    for (let index = 0; index < order.length; index = takeReloaded() ? 0 : index + 1) {
      await steering.pass();
      if (signal.aborted) throw interrupted();
      if (takeReloaded()) index = 0;
      await takeTurn(order[index] ?? "").catch((error: unknown) => {
        if (!reloading.signal.aborted || signal.aborted) throw error;
      });
    }
    steering.endReloads();
  } finally {
    for (const budget of ofRun) budget.end();
    await Promise.allSettled([executor.close(), session.services.close()]);
    await pruneAround([...plan.steps, ...steps.steps.values()], options, emit);
  }
  const outputs = await publishOutputs(plan, steps, finished, options, emit);
  return { outputs, artifacts: outputs === null ? [] : await artifactsOf(plan, finished), nothingToDo: ran === 0 };
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

/** A step of which every input failed has nothing to go on with: the outputs of the run before stay. */
function refuseAllFailed({ id }: PlannedStep["step"], { counts, reasons }: StepManifest): void {
  const tried = counts.in - counts.skipped;
  if (counts.failed === 0 || counts.failed < tried) return;
  const cause = reasons.find(({ type }) => type === "failed");
  throw new PipelineError(`all ${tried} inputs of step "${id}" failed: ${cause?.example ?? ""}`, {
    code: "all-failed",
    hint:
      `${cause?.fix === undefined ? "" : `${cause.fix}\n`}see why: pipeline failures; then run the same command ` +
      `again: what failed is taken again (--accept-failures goes on without it)`,
  });
}

/** Adds the models that the step asks and other steps have made. */
async function settleModels(
  { resolved }: PlannedStep,
  models: Map<string, PlannedModel>,
  {
    plan,
    makers,
    ...rest
  }: {
    readonly plan: Plan;
    readonly makers: CurrentPlan;
    readonly finished: ReadonlyMap<string, StepManifest>;
    readonly session: Session;
  },
): Promise<void> {
  for (const name of resolved.models) {
    const model = plan.models.get(name);
    if (model !== undefined && isStepModel(model) && !models.has(name))
      models.set(name, await settleStepModel(model, { makers: makers.steps, ...rest }));
  }
}

/** The models that a step asks, by the names that its options give them. */
function modelsOf({ resolved }: PlannedStep, models: ReadonlyMap<string, PlannedModel>): StepWork["models"] {
  const asked = resolved.models.map((name) => [name, models.get(name)] as const);
  return Object.fromEntries(asked.filter((entry): entry is readonly [string, PlannedModel] => entry[1] !== undefined));
}
