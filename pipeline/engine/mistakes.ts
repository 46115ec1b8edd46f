import { PipelineError } from "../errors.js";

/** Gathers mistakes, so that a user sees all of them at once. */
export class Mistakes {
  readonly #found: PipelineError[] = [];

  add(...mistakes: readonly PipelineError[]): void {
    for (const mistake of mistakes) this.#found.push(mistake, ...mistake.others);
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
    const inOrder = this.#found.toSorted((a, b) => place(a) - place(b));
    const [first, ...others] = inOrder;
    if (first === undefined) return;
    const { message, code, hint, locations, cause } = first;
    throw new PipelineError(message, { code, locations, others, cause, ...(hint !== undefined && { hint }) });
  }
}

function place({ locations: [location] }: PipelineError): number {
  return location === undefined ? 0 : location.line * 10_000 + location.column;
}
