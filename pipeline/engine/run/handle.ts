import { createStopWithin } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import type { PipelineEvent, RunFinished, StepFinished } from "../../contract/events.js";
import type { RunOptions } from "../config/options.js";
import type { Pipeline } from "../config/pipeline.js";
import type { Providers } from "../plan/providers.js";
import { EventLog } from "./event-log.js";
import { execute } from "./execute.js";
import { Steering } from "./steering.js";

/** A run that goes on, and what can be done about it. */
export interface RunHandle {
  /**
   * What happens, for as many listeners as there are. One that comes late is first told what has happened, without what
   * is told in passing (progress, what models write, single items). Ends with the run; never throws.
   */
  readonly events: AsyncIterable<PipelineEvent>;
  /**
   * What the run came to, once all that it had started is gone and its lock is free: at its end, or where `stop` ended
   * it. Rejects with a PipelineError where it came to neither.
   */
  readonly done: Promise<RunResult>;
  /**
   * Lets nothing begin: no step, no partition, no item. What has begun ends, and models stay loaded. Resolves when
   * nothing is at work any more, or when the run is told to go on, or to stop. May be called again.
   */
  pause(): Promise<void>;
  /** Goes on after a pause. */
  resume(): void;
  /**
   * Leaves an item out: a record, by its id, that a step which runs takes in; where several take it in, all of them
   * leave it out, unless one is named. It counts as failed, with the code
   * `skipped-by-user`, and is taken again by the next run. One that has begun is given up; what it has asked of a model
   * or of the sandbox may go on to its end, and is remembered. `item-finished` tells when it is left out; a warning,
   * where the step was done with it before, or never met it. Throws a PipelineError (usage) while no step runs, or not
   * the one that is named.
   */
  skip(item: string, step?: string): void;
  /**
   * Reads a file anew that an option names (a prompt, a YAML file, any other), by the name that the option gives it.
   * Each step that it changes runs anew with it, also what of it was finished: no result is mixed, and the outputs are
   * those of a run that began with the new file. What a step had in hand is given up; what models answered to questions
   * that are still asked is remembered. Any other file that has changed meanwhile counts, too. Answers the steps that
   * are changed, none where the file says what it said. Rejects with a PipelineError where no option names it, or where
   * there is a mistake in it: the run then goes on as before.
   */
  reload(file: string): Promise<readonly string[]>;
  /**
   * Ends the run as Ctrl-C does: at once, and so that the next run goes on from there. Resolves when all that it had
   * started is gone and its lock is free.
   */
  stop(): Promise<void>;
}

/** What a run came to. */
export interface RunResult extends Pick<RunFinished, "seconds" | "outputs" | "artifacts" | "nothingToDo"> {
  readonly status: "done" | "interrupted";
  /** The steps that are finished, in order. */
  readonly steps: readonly StepFinished[];
}

/** Starts a run, and answers at once. */
export function startRun(pipeline: Pipeline, options: RunOptions, providers: Providers): RunHandle {
  const log = new EventLog();
  const { stop, release } = createStopWithin(options.signal);
  const summary = new Summary();
  const emit = (event: PipelineEvent): void => {
    summary.take(event);
    log.emit(event);
  };
  const steering = new Steering(emit, stop.signal);
  let stopped = false;

  async function carryOut(): Promise<RunResult> {
    try {
      // Who has just been given the handle listens before anything is told.
      await Promise.resolve();
      await execute({ pipeline, options: { ...options, signal: stop.signal }, providers, emit, steering });
    } catch (error) {
      if (!stopped || !(error instanceof PipelineError) || error.code !== "interrupted") throw error;
    } finally {
      steering.end();
      release();
      log.end();
    }
    return summary.result();
  }
  const done = carryOut();
  // Who only listens is told by `run-finished`.
  done.catch(() => undefined);

  return {
    events: log,
    done,
    pause: async () => await steering.pause(),
    resume: () => steering.resume(),
    skip: (item, step) => steering.skip(item, step),
    reload: async (file) => await steering.reload(file),
    async stop() {
      stopped = true;
      stop.abort();
      await done.catch(() => undefined);
    },
  };
}

/** Adds up what a run has told. */
class Summary {
  #finished: RunFinished | undefined;
  readonly #steps = new Map<string, StepFinished>();

  take(event: PipelineEvent): void {
    if (event.type === "run-finished") this.#finished = event;
    if (event.type === "step-finished") this.#steps.set(event.step, event);
  }

  result(): RunResult {
    const { status, seconds = 0, outputs = null, artifacts = [], nothingToDo = false } = this.#finished ?? {};
    const steps = [...this.#steps.values()];
    return { status: status === "done" ? status : "interrupted", seconds, outputs, artifacts, nothingToDo, steps };
  }
}
