import { CodeReader } from "../../system/code/code.js";
import type { StepManifest } from "../state/manifest.js";
import { resultIdentity } from "../state/manifest.js";
import type { EngineOptions } from "../config/options.js";
import { type Plan, type PlannedStep, planStep } from "./plan.js";
import type { Session } from "./session.js";
import { isStepModel } from "./step-models.js";

/**
 * A plan while it is carried out. What a step came to may differ from what was planned with: where inputs failed, or
 * where such inputs have run again. The steps that read from it are planned again then, when their turn comes.
 */
export class CurrentPlan {
  /** In the order of the file. */
  readonly steps: ReadonlyMap<string, PlannedStep>;
  readonly #steps: Map<string, PlannedStep>;
  readonly #assumed: ReadonlyMap<string, string>;
  readonly #plan: Plan;
  readonly #session: Session;
  readonly #options: Pick<EngineOptions, "acceptFailures">;

  constructor(plan: Plan, session: Session, options: Pick<EngineOptions, "acceptFailures">) {
    this.#steps = new Map(plan.steps.map((planned) => [planned.step.id, planned]));
    this.steps = this.#steps;
    this.#assumed = new Map(plan.steps.map(({ step, identity }) => [step.id, identity]));
    this.#plan = plan;
    this.#session = session;
    this.#options = options;
  }

  /** The step as it is now: its steps before it have had their turn. */
  async current(id: string): Promise<PlannedStep> {
    const planned = this.#steps.get(id);
    if (planned === undefined) throw new Error(`no step ${id} in the plan`);
    const holds = planned.readsFrom.every((read) => this.#steps.get(read)?.identity === this.#assumed.get(read));
    if (holds) return planned;
    const models = new Map([...this.#plan.models].filter(([, model]) => !isStepModel(model)));
    const again = await planStep(planned.step, {
      pipeline: this.#plan.pipeline,
      session: this.#session,
      models,
      before: this.#steps,
      reader: new CodeReader(),
      options: this.#options,
    });
    this.#steps.set(id, again);
    return again;
  }

  /** Notes what a step has come to. */
  finished(planned: PlannedStep, manifest: StepManifest): void {
    this.#steps.set(planned.step.id, {
      ...planned,
      manifest,
      earlier: null,
      damage: null,
      identity: resultIdentity(manifest),
    });
  }
}
