import type { PlannedModel, StepWork } from "../../contract/service.js";
import type { EngineOptions } from "../config/options.js";
import { CurrentPlan } from "../plan/current-plan.js";
import type { Plan, PlannedStep } from "../plan/plan.js";
import type { Session } from "../plan/session.js";
import { isStepModel, settleStepModel } from "../plan/step-models.js";
import type { StepManifest } from "../state/manifest.js";

/**
 * The plan that a run carries out, with what its steps have come to. Files that are read anew put another plan in its
 * place: what this run has finished stands all the same, where the other plan asks for the same of it.
 */
export class RunningPlan {
  #plan: Plan;
  #steps: CurrentPlan;
  readonly #finished = new Map<string, StepManifest>();
  /** What this run itself has finished, under whichever plan. */
  readonly #told = new Map<string, StepManifest>();
  /** By the names that options give them. A model that a step makes joins them when that step has run. */
  readonly #models = new Map<string, PlannedModel>();
  readonly #session: Session;
  readonly #options: Pick<EngineOptions, "acceptFailures">;

  constructor(plan: Plan, session: Session, options: Pick<EngineOptions, "acceptFailures">) {
    this.#session = session;
    this.#options = options;
    this.#plan = plan;
    this.#steps = this.#takeIn(plan);
  }

  get plan(): Plan {
    return this.#plan;
  }

  /** The steps as they are now. */
  get steps(): CurrentPlan {
    return this.#steps;
  }

  /** Results of the steps that have had their turn, by id. */
  get finished(): ReadonlyMap<string, StepManifest> {
    return this.#finished;
  }

  /** Goes on with another plan of the same pipeline, from its first step. */
  replace(plan: Plan): void {
    this.#plan = plan;
    this.#steps = this.#takeIn(plan);
    this.#finished.clear();
  }

  /** Whether this run has finished the step already, as it is planned now. */
  isTold({ step, fingerprint }: PlannedStep): boolean {
    return this.#told.get(step.id)?.fingerprint === fingerprint;
  }

  /** Whether this run has finished the step already, as it is planned now; then it has had its turn. */
  hasTold(planned: PlannedStep): boolean {
    const known = this.#told.get(planned.step.id);
    if (known === undefined || !this.isTold(planned)) return false;
    this.#finished.set(planned.step.id, known);
    this.#steps.finished(planned, known);
    return true;
  }

  /** A step has had its turn. */
  finish(planned: PlannedStep, manifest: StepManifest): void {
    this.#finished.set(planned.step.id, manifest);
    this.#told.set(planned.step.id, manifest);
    this.#steps.finished(planned, manifest);
  }

  /** A step that is not to run is read as an earlier run has left it. */
  passOver(id: string, earlier: StepManifest): void {
    this.#finished.set(id, earlier);
  }

  /** The models that a step asks, by the names that its options give them. Those that steps make are there by now. */
  async modelsOf({ resolved }: PlannedStep): Promise<StepWork["models"]> {
    const asked: [string, PlannedModel][] = [];
    for (const name of resolved.models) {
      const model = this.#models.get(name) ?? (await this.#settle(name));
      if (model !== undefined) asked.push([name, model]);
    }
    return Object.fromEntries(asked);
  }

  async #settle(name: string): Promise<PlannedModel | undefined> {
    const model = this.#plan.models.get(name);
    if (model === undefined || !isStepModel(model)) return undefined;
    const settled = await settleStepModel(model, {
      makers: this.#steps.steps,
      finished: this.#finished,
      session: this.#session,
    });
    this.#models.set(name, settled);
    return settled;
  }

  #takeIn(plan: Plan): CurrentPlan {
    for (const [name, model] of plan.models) if (!isStepModel(model)) this.#models.set(name, model);
    return new CurrentPlan(plan, this.#session, this.#options);
  }
}
