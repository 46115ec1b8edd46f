import type { ServiceNeed, StepWork } from "../../contract/service.js";
import type { ServiceSet } from "../../partition/services/set.js";

/** What all steps that are under way ask of services. */
export class AskedTogether {
  readonly #services: ServiceSet;
  readonly #later: () => readonly string[];
  readonly #models = new Map<string, StepWork["models"]>();
  #preparing: Promise<void> = Promise.resolve();

  /** @param later names of the models that steps ask which have not begun */
  constructor(services: ServiceSet, later: () => readonly string[]) {
    this.#services = services;
    this.#later = later;
  }

  get work(): StepWork {
    return this.#workWith({});
  }

  /** Whether a step that asks these models can begin beside those that are under way. */
  async fits(models: StepWork["models"], needs: readonly ServiceNeed[]): Promise<boolean> {
    const asked = this.work.models;
    const isMore = Object.keys(models).some((name) => !Object.hasOwn(asked, name));
    return this.#models.size === 0 || !isMore || (await this.#services.fits(this.#workWith(models), needs));
  }

  /** A step begins to ask. */
  begin(step: string, models: StepWork["models"]): void {
    this.#models.set(step, models);
  }

  /** A step asks no more. */
  end(step: string): void {
    this.#models.delete(step);
  }

  /** Whether any step asks. */
  get isIdle(): boolean {
    return this.#models.size === 0;
  }

  /** Tells the services what is asked now. */
  async prepare(): Promise<void> {
    const preparing = this.#preparing.then(async () => await this.#services.prepare(this.work));
    this.#preparing = preparing.catch(() => undefined);
    await preparing;
  }

  #workWith(models: StepWork["models"]): StepWork {
    return {
      models: Object.assign({}, ...this.#models.values(), models) as StepWork["models"],
      later: [...this.#later()],
    };
  }
}
