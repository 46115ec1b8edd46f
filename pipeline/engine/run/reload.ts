import { createStop } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import { hashValue } from "../../system/hash.js";
import { configuredPaths } from "../../system/paths.js";
import type { Emit } from "../../contract/events.js";
import { suggestion } from "../../system/suggest.js";
import type { Plan, PlannedStep } from "../plan/plan.js";

/**
 * Reads files anew that a run has begun with. The plan is made again, as the next run would make it: a step whose file
 * has changed has another fingerprint, so that nothing of it is mixed with what the old file gave. Where such a step
 * runs, or has run, the run goes back to it; what else is finished or under way stays, and so do loaded models.
 */
export class Reloading {
  #plan: Plan;
  #next: Plan | null = null;
  /** Of the steps that are under way, by id. */
  readonly #running = new Map<string, AbortController>();
  #last: Promise<unknown> = Promise.resolve();
  readonly #makeAgain: () => Promise<Plan>;
  readonly #emit: Emit;
  readonly #onChange: () => void;

  /** @param onChange called when there is another plan to go on with */
  constructor(
    plan: Plan,
    { makeAgain, onChange, emit }: { makeAgain: () => Promise<Plan>; onChange: () => void; emit: Emit },
  ) {
    this.#plan = plan;
    this.#makeAgain = makeAgain;
    this.#onChange = onChange;
    this.#emit = emit;
  }

  /** A step begins. Its signal is aborted when it is to be given up: a file of it, or of one before it, is another. */
  begin(id: string): AbortSignal {
    const stop = createStop();
    this.#running.set(id, stop);
    return stop.signal;
  }

  end(id: string): void {
    this.#running.delete(id);
  }

  /** Whether files have been read anew: nothing begins before the plan is taken. */
  get isPending(): boolean {
    return this.#next !== null;
  }

  /**
   * The plan to go on with from the first step, where files have been read anew since it was last asked, and all that
   * was to be given up is; else null.
   */
  take(): Plan | null {
    const next = this.#next;
    if (next === null || [...this.#running.values()].some(({ signal }) => signal.aborted)) return null;
    this.#plan = next;
    this.#next = null;
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
    const changed = next.steps
      .filter((planned) => before.get(planned.step.id) !== identityOf(planned))
      .map(({ step }) => step.id);
    if (changed.length === 0) return [];
    this.#next = next;
    this.#emit({ type: "reloaded", file: ref, steps: changed });
    for (const id of withReaders(changed, next)) this.#running.get(id)?.abort();
    this.#onChange();
    return changed;
  }
}

/** These steps, and all that read from them, directly or not. */
function withReaders(ids: readonly string[], { steps }: Plan): ReadonlySet<string> {
  const found = new Set(ids);
  for (const { step, readsFrom } of steps) if (readsFrom.some((read) => found.has(read))) found.add(step.id);
  return found;
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
