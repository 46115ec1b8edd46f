import { joinErrors, PipelineError } from "../../system/errors.js";

/** Gathers mistakes, so that a user sees all of them at once. */
export class Mistakes {
  readonly #found: PipelineError[] = [];

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  add(...mistakes: readonly PipelineError[]): void {
    this.#found.push(...mistakes);
  }

  /** What `work` answers; undefined, and the mistake noted, where it throws a PipelineError. */
  async try<T>(work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      this.add(error);
      return undefined;
    }
  }

  /** Throws the first mistake in the order of the file, with the others beside it. */
  throwIfAny(): void {
    const joined = joinErrors(this.#found);
    if (joined !== undefined) throw joined;
  }
}
