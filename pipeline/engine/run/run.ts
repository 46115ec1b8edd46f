import { randomBytes } from "node:crypto";
import { EventEmitter, on } from "node:events";
import { relative } from "node:path";
import { createStopWithin, interrupted } from "../../system/abort.js";
import { explainError, PipelineError, serializeError } from "../../system/errors.js";
import type { Emit, PipelineEvent, RunFinished, RunStarted } from "../../contract/events.js";
import { createLocalExecutor } from "../../executors/local.js";
import { readRecordFiles } from "../../partition/record-file.js";
import type { Artifact } from "../../contract/records.js";
import { inputKinds, type StepSummary } from "../../contract/stage.js";
import { CurrentPlan } from "../plan/current-plan.js";
import { describePipeline } from "../plan/describe.js";
import { fallBack, tellFallbacks } from "../plan/fallback.js";
import { outputFiles, type StepManifest, summarise } from "../state/manifest.js";
import { outputsDir, type RunOptions, stateDir } from "../config/options.js";
import type { Pipeline } from "../config/pipeline.js";
import { makePlan, type Plan, type PlannedStep } from "../plan/plan.js";
import type { PlannedModel, Providers } from "../plan/providers.js";
import { checkClashes, publishedPath } from "../config/outputs.js";
import { publish } from "./publish.js";
import { completePublishing } from "./publishing.js";
import { RunLock } from "./run-lock.js";
import { keptBytes, noteUse, pruneResults } from "../state/results.js";
import { selectSteps } from "../plan/select.js";
import { openSession, type Session } from "../plan/session.js";
import { runStep, stepFinished } from "./step.js";
import { isStepModel, settleStepModel } from "../plan/step-models.js";

/**
 * Runs a pipeline: plans it, runs what is not finished, publishes the outputs.
 * Yields what happens as it happens; ends with `run-finished`, and then throws where the run did not get to its end.
 * Who leaves the loop early stops the run, and goes on when all that it had started is gone and its lock is free.
 */
export async function* run(
  pipeline: Pipeline,
  options: RunOptions,
  providers: Providers,
): AsyncGenerator<PipelineEvent, void> {
  const events = new EventEmitter();
  const emit = (event: PipelineEvent) => void events.emit("event", event);
  const listening = on(events, "event", { close: ["end"] });
  const { stop, release } = createStopWithin(options.signal);
  const failure = execute(pipeline, { ...options, signal: stop.signal }, providers, emit)
    .then(
      () => undefined,
      (error: unknown) => error,
    )
    .finally(() => events.emit("end"));
  try {
    for await (const [event] of listening) yield event as PipelineEvent;
  } finally {
    stop.abort();
    await failure;
    release();
  }
  const error = await failure;
  if (error !== undefined) throw error;
}

/** Options of a run that can be stopped. */
type StoppableOptions = RunOptions & Required<Pick<RunOptions, "signal">>;

async function execute(
  pipeline: Pipeline,
  options: StoppableOptions,
  providers: Providers,
  emit: (event: PipelineEvent) => void,
): Promise<void> {
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
    finish("done", await runLocked(pipeline, options, providers, emit));
  } catch (error) {
    const stopped = options.signal.aborted;
    const reported = stopped ? interrupted() : explainError(error);
    finish(stopped ? "interrupted" : "failed", { error: serializeError(reported) });
    throw reported;
  } finally {
    lock.release();
  }
}

async function runLocked(
  pipeline: Pipeline,
  options: StoppableOptions,
  providers: Providers,
  emit: (event: PipelineEvent) => void,
): Promise<Partial<RunFinished>> {
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
    const result = await runPlan(plan, id, session, options, emit);
    store.finishRun(id, "done", new Date().toISOString(), null);
    return result;
  } catch (error) {
    noteFailure(store, id, options.signal.aborted ? "interrupted" : "failed", error);
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

/** On a full disk even the failure cannot be noted; the next run then finds a run that never ended. */
function noteFailure(store: Session["store"], id: string, status: "interrupted" | "failed", error: unknown): void {
  try {
    store.finishRun(id, status, new Date().toISOString(), serializeError(error).message);
  } catch (failure) {
    if (serializeError(failure).code !== "disk") throw failure;
  }
}

async function runPlan(
  plan: Plan,
  run: string,
  session: Session,
  options: StoppableOptions,
  emit: (event: PipelineEvent) => void,
): Promise<Partial<RunFinished>> {
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
  const text = describePipeline(pipeline);
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
  const executor = createLocalExecutor(options.workers);
  // A model that a step makes joins them when that step has run.
  const plannedModels = new Map([...plan.models].filter(([, model]) => !isStepModel(model)));
  const models = session.providers.createModels(session.context, {
    models: plannedModels,
    determinism: pipeline.determinism,
    ...(pipeline.threads !== undefined && { threads: pipeline.threads }),
  });
  const steps = new CurrentPlan(plan, session, options);
  const isSelected = new Set(selected.map(({ step }) => step.id));
  let ran = 0;
  try {
    for (const {
      step: { id },
    } of plan.steps) {
      if (signal.aborted) throw interrupted();
      const planned = await steps.current(id);
      const { step, fingerprint } = planned;
      const started = performance.now();
      if (!isSelected.has(id)) {
        const result = planned.manifest ?? planned.earlier;
        if (result !== null && !forced.has(id)) finished.set(id, result);
        continue;
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
        await settleModels(planned, plannedModels, { makers: steps, plan, finished, session });
        await models.prepare([...new Set(planned.resolved.models)], modelsAfter(id, plan, { isSelected, forced }));
      }
      const discard = forced.has(id) || planned.damage !== null;
      const manifest =
        before ??
        (await runStep(discard ? { ...planned, earlier: null } : planned, {
          session,
          models,
          executor,
          emit,
          signal,
          finished,
          pipeline: { name: pipeline.name, seed: pipeline.seed, text },
          history: historyOf(planned, plan, finished),
          discard,
          streams: options.stream === true,
        }));
      await noteUse(planned.folder);
      finished.set(id, manifest);
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
  } finally {
    await Promise.allSettled([executor.close(), models.close()]);
    await pruneAround([...plan.steps, ...steps.steps.values()], options, emit);
  }
  const outputs = await publishOutputs(plan, steps, finished, options, emit);
  return { outputs, artifacts: outputs === null ? [] : await artifactsOf(plan, finished), nothingToDo: ran === 0 };
}

function describeSteps(selected: readonly PlannedStep[], forced: ReadonlySet<string>): RunStarted["steps"] {
  // What reads from a step that runs again because inputs failed may have to run, and may not.
  const open = new Set<string>();
  return selected.map(({ step: { id, stage, from }, readsFrom, manifest, earlier }) => {
    if (earlier !== null || readsFrom.some((read) => open.has(read))) open.add(id);
    return {
      step: id,
      stage: stage.name,
      summary: stage.summary,
      cached: manifest !== null && !forced.has(id) && !open.has(id),
      from: readsFrom,
      reads: [...inputKinds(stage)].flatMap(([input, { name }]) => (from.has(input) ? [name] : [])),
      writes: stage.writes.name,
    };
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

/** Models that steps after this one ask, of those that still have to run. */
function modelsAfter(
  id: string,
  plan: Plan,
  { isSelected, forced }: { readonly isSelected: ReadonlySet<string>; readonly forced: ReadonlySet<string> },
): Set<string> {
  const after = plan.steps.slice(plan.steps.findIndex(({ step }) => step.id === id) + 1);
  const running = after.filter(
    ({ step, manifest }) => isSelected.has(step.id) && (manifest === null || forced.has(step.id)),
  );
  return new Set(running.flatMap(({ resolved }) => resolved.models));
}

/**
 * Publishes where every step of the pipeline is finished; a part of a pipeline leaves the outputs of the last whole run
 * alone.
 */
async function publishOutputs(
  plan: Plan,
  { steps: current }: CurrentPlan,
  finished: ReadonlyMap<string, StepManifest>,
  options: RunOptions,
  emit: Emit,
): Promise<string | null> {
  const steps = [...current.values()].flatMap(({ step, folder }) => {
    const manifest = finished.get(step.id);
    return manifest === undefined ? [] : [{ step, folder, manifest }];
  });
  if (steps.length < plan.steps.length || steps.every(({ manifest }) => manifest.outputs.length === 0)) return null;
  const folder = outputsDir(options, plan.pipeline);
  await publish(folder, { pipeline: plan.pipeline, steps }, (message) =>
    emit({ type: "notice", level: "warning", message }),
  );
  return relative(options.cwd, folder);
}

/**
 * Two steps that leave one path are told as soon as both have run: before what comes after them, and before anything is
 * published.
 */
function checkOutputs({ steps }: Plan, finished: ReadonlyMap<string, StepManifest>): void {
  checkClashes(
    steps.map(({ step }) => ({ step, paths: (finished.get(step.id)?.outputs ?? []).map(({ path }) => path) })),
  );
}

async function artifactsOf(plan: Plan, finished: ReadonlyMap<string, StepManifest>): Promise<RunFinished["artifacts"]> {
  const artifacts: Pick<Artifact, "type" | "path" | "facts">[] = [];
  for (const { step } of plan.steps.filter((planned) => planned.step.stage.writes.name === "Artifact")) {
    const manifest = finished.get(step.id);
    if (manifest !== undefined)
      for await (const { type, path, facts } of readRecordFiles<Artifact>(outputFiles(manifest))) {
        artifacts.push({ type, path: publishedPath(step, path), facts });
      }
  }
  return artifacts;
}

/** What the steps before this one counted, in the order of the file. */
function historyOf(planned: PlannedStep, plan: Plan, finished: ReadonlyMap<string, StepManifest>): StepSummary[] {
  const byId = new Map(plan.steps.map((each) => [each.step.id, each]));
  const ancestors = new Set<string>();
  const visit = (id: string) => {
    for (const parent of byId.get(id)?.readsFrom ?? []) {
      if (!ancestors.has(parent)) {
        ancestors.add(parent);
        visit(parent);
      }
    }
  };
  visit(planned.step.id);
  return plan.steps.flatMap(({ step }) => {
    const manifest = ancestors.has(step.id) ? finished.get(step.id) : undefined;
    return manifest === undefined ? [] : [summarise(manifest)];
  });
}

function runId(): string {
  const now = new Date().toISOString().replaceAll(/[-:]/gu, "").replace("T", "-").slice(0, 15);
  return `${now}-${randomBytes(2).toString("hex")}`;
}
