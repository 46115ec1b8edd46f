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
  /** What stood for the steps that each reads when it was planned. */
  readonly #assumed: Map<string, string>;
  readonly #plan: Plan;
  readonly #session: Session;
  readonly #options: Pick<EngineOptions, "acceptFailures">;

  constructor(plan: Plan, session: Session, options: Pick<EngineOptions, "acceptFailures">) {
    this.#steps = new Map(plan.steps.map((planned) => [planned.step.id, planned]));
    this.steps = this.#steps;
    this.#assumed = new Map(plan.steps.map((planned) => [planned.step.id, this.#identitiesOf(planned)]));
    this.#plan = plan;
    this.#session = session;
    this.#options = options;
  }

  /**
   * The step as it is now: the steps that it reads have had their turn, or are under way and are taken to end as they
   * began, without failures.
   */
  async current(id: string): Promise<PlannedStep> {
    const planned = this.#steps.get(id);
    if (planned === undefined) throw new Error(`no step ${id} in the plan`);
    const identities = this.#identitiesOf(planned);
    if (this.#assumed.get(id) === identities) return planned;
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
    this.#assumed.set(id, identities);
    return again;
  }

  #identitiesOf({ readsFrom }: PlannedStep): string {
    return readsFrom.map((id) => this.#steps.get(id)?.identity ?? "").join(" ");
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
