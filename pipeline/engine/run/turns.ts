import { createStop, interrupted } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import type { PlannedStep } from "../plan/plan.js";
import { removeParts } from "../state/compact.js";
import type { StepManifest } from "../state/manifest.js";
import { noteUse } from "../state/results.js";
import { AskedTogether } from "./asked-together.js";
import { Feed } from "./feed.js";
import { checkOutputs } from "./outputs.js";
import { readyStep, type ReadyStep, type StepUnderWay } from "./readiness.js";
import type { RunSurroundings } from "./run-surroundings.js";
import { stepFinished } from "./step.js";
import { StepRuns } from "./step-runs.js";
import type { TurnParts } from "./turn-parts.js";

/** A step that has its turn. */
interface Turn extends StepUnderWay {
  readonly ended: Promise<void>;
}

/**
 * Gives the steps of a plan their turns: in the order of the file, and beside those that are under way where what a
 * step needs is there (see readyStep). A step that is finished is told, any other runs.
 */
export class Turns {
  #failure: { readonly error: unknown } | null = null;
  readonly #parts: TurnParts;
  readonly #around: RunSurroundings;
  readonly #forced: ReadonlySet<string>;
  readonly #isSelected: ReadonlySet<string>;
  readonly #asked: AskedTogether;
  readonly #runs: StepRuns;
  /** Steps that have had their turn. */
  readonly #done = new Set<string>();
  readonly #turns = new Map<string, Turn>();
  /** What is left to tidy up when nobody reads it any more. */
  readonly #tidying: Promise<void>[] = [];
  /** Aborted when what is under way is to stop, and when it is to end and begin nothing more. */
  readonly #stop = createStop();
  readonly #halt = createStop();

  constructor(parts: TurnParts, surroundings: RunSurroundings) {
    const { selection } = parts;
    this.#parts = parts;
    this.#around = surroundings;
    this.#forced = selection.forced;
    this.#isSelected = new Set(selection.selected.map(({ step }) => step.id));
    this.#asked = new AskedTogether(surroundings.session.services, () => this.#modelsLater());
    this.#runs = new StepRuns(
      parts,
      {
        forced: selection.forced,
        asked: this.#asked,
        hasHadTurn: (id) => this.#done.has(id),
        stop: this.#stop.signal,
        halt: this.#halt.signal,
      },
      surroundings,
    );
  }

  /** Steps that have begun to run. */
  get ran(): number {
    return this.#runs.begun;
  }

  /** All steps; from the first again where files were read anew. Throws what the first that failed throws. */
  async takeAll(): Promise<void> {
    const { bell } = this.#parts;
    try {
      for (;;) {
        const { rung } = bell;
        this.#takeReloaded();
        await this.#beginReady();
        if (this.#failure !== null) throw this.#failure.error;
        if (this.#turns.size > 0 || bell.rung > rung) await bell.after(rung);
        else return void (await Promise.all(this.#tidying));
      }
    } finally {
      await Promise.all([...this.#turns.values()].map(async ({ ended }) => await ended));
      await Promise.allSettled(this.#tidying);
    }
  }

  /** Goes on with the plan that files which were read anew have changed. */
  #takeReloaded(): void {
    const { reloading, running } = this.#parts;
    const next = reloading.take();
    if (next === null) return;
    running.replace(next);
    this.#done.clear();
  }

  async #beginReady(): Promise<void> {
    const { running, reloading, bell } = this.#parts;
    const standing = {
      running,
      done: this.#done,
      underWay: this.#turns,
      asked: this.#asked,
      bell,
      runs: (planned: PlannedStep) => this.#isToRun(planned),
    };
    for (const { step } of running.plan.steps) {
      if (this.#failure !== null || reloading.isPending) return;
      if (this.#done.has(step.id) || this.#turns.has(step.id)) continue;
      const ready = await readyStep(step.id, standing);
      if (ready !== null) this.#begin(ready);
    }
  }

  /** Whether a step is to run, or else only to be told of. */
  #isToRun(planned: PlannedStep): boolean {
    const { id } = planned.step;
    if (!this.#isSelected.has(id) || this.#parts.running.isTold(planned)) return false;
    return this.#forced.has(id) || planned.manifest === null;
  }

  #begin(ready: ReadyStep): void {
    const { planned, models } = ready;
    const feed = new Feed(this.#parts.bell);
    this.#asked.begin(planned.step.id, models);
    this.#turns.set(planned.step.id, { planned, feed, ended: this.#carryOut(ready, feed) });
  }

  async #carryOut(ready: ReadyStep, feed: Feed): Promise<void> {
    const { id } = ready.planned.step;
    const { reloading, bell } = this.#parts;
    const stop = reloading.begin(id);
    try {
      await this.#take(ready, feed, stop);
    } catch (error) {
      if (!stop.aborted || this.#around.options.signal.aborted) this.#fail(error);
    }
    feed.break();
    this.#asked.end(id);
    // Those that go on have what it took.
    if (!this.#asked.isIdle) await this.#asked.prepare().catch((error: unknown) => this.#fail(error));
    this.#turns.delete(id);
    reloading.end(id);
    bell.ring();
  }

  /** What is under way is stopped; where it is a budget that is used up, what has begun of it ends. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    const isBudget = error instanceof PipelineError && error.code === "budget";
    (isBudget ? this.#halt : this.#stop).abort();
  }

  async #take(ready: ReadyStep, feed: Feed, stop: AbortSignal): Promise<void> {
    const { steering, options } = this.#around;
    const { running, reloading } = this.#parts;
    const { planned } = ready;
    const { id } = planned.step;
    await steering.pass(this.#stop.signal);
    if (options.signal.aborted) throw interrupted();
    if (reloading.isPending) return;
    if (!this.#isSelected.has(id)) {
      const earlier = planned.manifest ?? planned.earlier;
      if (earlier !== null && !this.#forced.has(id)) running.passOver(id, earlier);
      this.#done.add(id);
      return;
    }
    if (running.hasTold(planned)) {
      this.#done.add(id);
      return;
    }
    const started = performance.now();
    const before = this.#forced.has(id) ? null : planned.manifest;
    const manifest = before ?? (await this.#runs.run(ready, feed, stop));
    if (manifest === null) return;
    await noteUse(planned.folder);
    running.finish(planned, manifest);
    checkOutputs(running.plan, running.finished);
    this.#tell(planned, manifest, { cached: before !== null, seconds: (performance.now() - started) / 1000 });
    if (options.acceptFailures !== true) refuseAllFailed(planned.step, manifest);
    this.#done.add(id);
    feed.complete(manifest);
    this.#tidyUp(feed.unread().then(async () => await removeParts(planned.folder, manifest)));
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

  #tidyUp(work: Promise<void>): void {
    // Whoever waits for all of it hears of what goes wrong.
    work.catch(() => undefined);
    this.#tidying.push(work);
  }

  /** Models that steps ask which still have to begin. */
  #modelsLater(): readonly string[] {
    const later = [...this.#parts.running.steps.steps.values()].filter((planned) => {
      const { id } = planned.step;
      return !this.#done.has(id) && !this.#turns.has(id) && this.#isToRun(planned);
    });
    return [...new Set(later.flatMap(({ resolved }) => resolved.models))];
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
