import { createStop } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import { hashValue } from "../../system/hash.js";
import { configuredPaths } from "../../system/paths.js";
import type { Emit } from "../../contract/events.js";
import { suggestion } from "../config/suggest.js";
import type { Plan, PlannedStep } from "../plan/plan.js";

/**
 * Reads files anew that a run has begun with. The plan is made again, as the next run would make it: a step whose file
 * has changed has another fingerprint, so that nothing of it is mixed with what the old file gave. Where such a step
 * runs, or has run, the run goes back to it; what was finished before it stays, and so do loaded models.
 */
export class Reloading {
  #plan: Plan;
  #next: Plan | null = null;
  #stop = createStop();
  /** The step that runs. */
  #running: string | null = null;
  #last: Promise<unknown> = Promise.resolve();
  readonly #makeAgain: () => Promise<Plan>;
  readonly #emit: Emit;

  constructor(plan: Plan, makeAgain: () => Promise<Plan>, emit: Emit) {
    this.#plan = plan;
    this.#makeAgain = makeAgain;
    this.#emit = emit;
  }

  /** Aborted when the step that runs is to be given up: a file of it, or of one before it, is another. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** A step begins. */
  begin(id: string): void {
    this.#running = id;
  }

  /** The plan to go on with from the first step, where files have been read anew since it was last asked; else null. */
  take(): Plan | null {
    const next = this.#next;
    if (next === null) return null;
    this.#plan = next;
    this.#next = null;
    this.#stop = createStop();
    this.#running = null;
    return next;
  }

  /**
   * Reads a file anew. Answers the steps that it changes, none where it says what it said. Throws a PipelineError where
   * no option names the file, or where it is wrong: the run then goes on as before.
   */
  async reload(ref: string): Promise<readonly string[]> {
    const reloading = this.#last.then(async () => await this.#read(ref));
    this.#last = reloading.catch(() => undefined);
    return await reloading;
  }

  async #read(ref: string): Promise<readonly string[]> {
    const known = [...new Set(this.#plan.steps.flatMap(filesOf))];
    const { baseDir } = this.#plan.pipeline;
    const [meant] = configuredPaths(ref, baseDir);
    if (!known.some((name) => name === ref || configuredPaths(name, baseDir).includes(meant))) {
      throw new PipelineError(`no option of this pipeline names the file "${ref}"`, {
        code: "reference",
        hint: known.length === 0 ? "its options name no files" : suggestion(ref, known, "They name:"),
      });
    }
    const next = await this.#makeAgain();
    const before = new Map((this.#next ?? this.#plan).steps.map((planned) => [planned.step.id, identityOf(planned)]));
    const ids = next.steps.map(({ step }) => step.id);
    const changed = next.steps
      .filter((planned) => before.get(planned.step.id) !== identityOf(planned))
      .map(({ step }) => step.id);
    const [first] = changed;
    if (first === undefined) return [];
    this.#next = next;
    this.#emit({ type: "reloaded", file: ref, steps: changed });
    if (this.#running !== null && ids.indexOf(first) <= ids.indexOf(this.#running)) this.#stop.abort();
    return changed;
  }
}

/** What a step's references hold. */
function identityOf({ resolved }: PlannedStep): string {
  return hashValue(resolved.references);
}

/** The files that options of a step name, as they name them. */
function filesOf({ resolved: { files, prompts, yaml, modelPrompts } }: PlannedStep): string[] {
  const names = [files, prompts, yaml].flatMap((group) => Object.keys(group));
  return [...names, ...Object.values(modelPrompts).map(({ file }) => file)];
}
