import { anyOf, interrupted } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import type { Executor } from "../../executors/executor.js";
import type { PlannedStep } from "../plan/plan.js";
import type { Selection } from "../plan/select.js";
import type { StepManifest } from "../state/manifest.js";
import { noteUse } from "../state/results.js";
import { checkOutputs } from "./outputs.js";
import type { Reloading } from "./reload.js";
import type { RunBudgets } from "./run-budgets.js";
import type { RunningPlan } from "./running-plan.js";
import type { RunSurroundings } from "./run-surroundings.js";
import { runStep, stepFinished } from "./step.js";
import { historyOf, modelsAfter } from "./step-order.js";

/** What the turns of a run's steps go by. */
interface TurnParts {
  readonly selection: Selection;
  readonly executor: Executor;
  readonly reloading: Reloading;
  readonly budgets: RunBudgets;
}

/** Gives the steps of a plan their turns, one after the other: a step that is finished is told, any other runs. */
export class Turns {
  #ran = 0;
  readonly #running: RunningPlan;
  readonly #forced: ReadonlySet<string>;
  readonly #isSelected: ReadonlySet<string>;
  readonly #executor: Executor;
  readonly #reloading: Reloading;
  readonly #budgets: RunBudgets;
  readonly #around: RunSurroundings;

  constructor(
    running: RunningPlan,
    { selection, executor, reloading, budgets }: TurnParts,
    surroundings: RunSurroundings,
  ) {
    this.#running = running;
    this.#forced = selection.forced;
    this.#isSelected = new Set(selection.selected.map(({ step }) => step.id));
    this.#executor = executor;
    this.#reloading = reloading;
    this.#budgets = budgets;
    this.#around = surroundings;
  }

  /** Steps that have begun to run. */
  get ran(): number {
    return this.#ran;
  }

  /** All steps in order; from the first again where files were read anew. */
  async takeAll(): Promise<void> {
    const { steering, options } = this.#around;
    const order = this.#running.plan.steps.map(({ step }) => step.id);
    for (let index = 0; index < order.length; index = this.#takeReloaded() ? 0 : index + 1) {
      await steering.pass();
      if (options.signal.aborted) throw interrupted();
      if (this.#takeReloaded()) index = 0;
      await this.#take(order[index] ?? "").catch((error: unknown) => {
        if (!this.#reloading.signal.aborted || options.signal.aborted) throw error;
      });
    }
  }

  /** Goes on with the plan that files which were read anew have changed; false where none was. */
  #takeReloaded(): boolean {
    const next = this.#reloading.take();
    if (next === null) return false;
    this.#running.replace(next);
    return true;
  }

  async #take(id: string): Promise<void> {
    const planned = await this.#running.steps.current(id);
    const started = performance.now();
    if (!this.#isSelected.has(id)) {
      const earlier = planned.manifest ?? planned.earlier;
      if (earlier !== null && !this.#forced.has(id)) this.#running.passOver(id, earlier);
      return;
    }
    if (this.#running.hasTold(planned)) return;
    const before = this.#forced.has(id) ? null : planned.manifest;
    const manifest = before ?? (await this.#run(planned));
    await noteUse(planned.folder);
    this.#running.finish(planned, manifest);
    checkOutputs(this.#running.plan, this.#running.finished);
    this.#tell(planned, manifest, { cached: before !== null, seconds: (performance.now() - started) / 1000 });
    if (this.#around.options.acceptFailures !== true) refuseAllFailed(planned.step, manifest);
  }

  async #run(planned: PlannedStep): Promise<StepManifest> {
    const { step } = planned;
    const { plan, finished } = this.#running;
    const { session, options, emit, steering } = this.#around;
    emit({ type: "step-started", step: step.id });
    if (planned.damage !== null)
      emit({
        type: "notice",
        level: "warning",
        message: `the result of step "${step.id}" is damaged: ${planned.damage}; the step runs again`,
      });
    this.#ran += 1;
    steering.beginStep(step.id);
    this.#reloading.begin(step.id);
    this.#budgets.check();
    const models = await this.#running.modelsOf(planned);
    const later = [...modelsAfter(step.id, plan, { isSelected: this.#isSelected, forced: this.#forced })];
    const discard = this.#forced.has(step.id) || planned.damage !== null;
    const manifest = await this.#budgets.within(step, async (budgets) => {
      const result = await runStep(discard ? { ...planned, earlier: null } : planned, {
        session,
        work: { models, later },
        executor: this.#executor,
        emit,
        signal: anyOf([options.signal, this.#reloading.signal]),
        steering,
        finished,
        pipeline: plan.pipeline,
        budgets,
        retries: step.retries ?? plan.pipeline.retries ?? { times: 0, seconds: 0 },
        tellsItems: options.items === true,
        acceptFailures: options.acceptFailures === true,
        history: historyOf(planned, plan, finished),
        discard,
        streams: options.stream === true,
      });
      steering.endStep();
      return result;
    });
    return manifest;
  }

  /** Tells what a step has come to, and notes it among the runs. */
  #tell(
    { step: { id }, fingerprint }: PlannedStep,
    manifest: StepManifest,
    end: { readonly cached: boolean; readonly seconds: number },
  ): void {
    const { run, session, emit } = this.#around;
    session.store.finishStep(run, { step: id, fingerprint, ...end, counts: manifest.counts });
    emit(stepFinished(manifest, end));
    for (const message of manifest.notices) emit({ type: "notice", level: "warning", message: `${id}: ${message}` });
  }
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
