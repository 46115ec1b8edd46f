import { inputKinds } from "../../contract/stage.js";
import { anyOf } from "../../system/abort.js";
import { hashValue } from "../../system/hash.js";
import type { FingerprintParts, PlannedStep } from "../plan/plan.js";
import type { StepManifest } from "../state/manifest.js";
import type { AskedTogether } from "./asked-together.js";
import type { Feed } from "./feed.js";
import type { ReadyStep } from "./readiness.js";
import type { RunSurroundings } from "./run-surroundings.js";
import { Slots } from "./slots.js";
import { runStep } from "./step.js";
import { historyOf, stepsBefore } from "./step-order.js";
import type { StepSteering } from "./step-steering.js";
import type { TurnParts } from "./turn-parts.js";

/** What the runs of steps share. */
interface SharedByRuns {
  /** Steps that run although they are finished. */
  readonly forced: ReadonlySet<string>;
  readonly asked: AskedTogether;
  readonly hasHadTurn: (id: string) => boolean;
  /** Aborted when what is under way is to stop, and when it is to end and begin nothing more. */
  readonly stop: AbortSignal;
  readonly halt: AbortSignal;
}

/** Runs the steps of a plan that have their turn. */
export class StepRuns {
  #begun = 0;
  readonly #parts: TurnParts;
  readonly #of: SharedByRuns;
  readonly #around: RunSurroundings;
  readonly #slots: Slots;
  /** What steps that begin anew were steered by, and how they were planned. */
  readonly #steered = new Map<string, StepSteering>();
  readonly #begunAs = new Map<string, PlannedStep>();

  constructor(parts: TurnParts, shared: SharedByRuns, surroundings: RunSurroundings) {
    this.#parts = parts;
    this.#of = shared;
    this.#around = surroundings;
    this.#slots = new Slots(parts.executor.slots);
  }

  /** Steps that have begun to run. */
  get begun(): number {
    return this.#begun;
  }

  /**
   * Answers null where the step has to begin anew, or the run comes to its end.
   * @param stop aborted where the step is to be given up
   */
  async run(ready: ReadyStep, feed: Feed, stop: AbortSignal): Promise<StepManifest | null> {
    const { planned, input } = ready;
    const { step } = planned;
    const { session, options, emit, steering } = this.#around;
    const { executor, budgets, running } = this.#parts;
    const { plan, finished, steps } = running;
    const steered = steering.beginStep(step.id, this.#steered.get(step.id));
    this.#steered.set(step.id, steered);
    emit({ type: "step-started", step: step.id });
    if (planned.damage !== null)
      emit({
        type: "notice",
        level: "warning",
        message: `the result of step "${step.id}" is damaged: ${planned.damage}; the step runs again`,
      });
    this.#begun += 1;
    const discard = this.#of.forced.has(step.id) || planned.damage !== null;
    const before = stepsBefore(planned, plan);
    try {
      budgets.check();
      await this.#of.asked.prepare();
      const manifest = await budgets.within(
        step,
        () => steered.close(),
        async (ofStep) =>
          await runStep(discard ? { ...planned, earlier: null } : planned, {
            session,
            work: () => this.#of.asked.work,
            executor,
            slots: this.#slots,
            emit,
            signal: anyOf([options.signal, this.#of.stop, stop]),
            halt: this.#of.halt,
            steering: steered,
            budgets: ofStep,
            retries: step.retries ?? plan.pipeline.retries ?? { times: 0, seconds: 0 },
            tellsItems: options.items === true,
            acceptFailures: options.acceptFailures === true,
            input,
            feed,
            finished,
            folders: new Map([...steps.steps.values()].map(({ step: { id }, folder }) => [id, folder])),
            history: () =>
              [...before].every((id) => this.#of.hasHadTurn(id)) ? historyOf(before, plan, finished) : null,
            isCurrent: async () => (await running.steps.current(step.id)).fingerprint === planned.fingerprint,
            pipeline: plan.pipeline,
            streams: options.stream === true,
            discard,
            begunIn: this.#begunIn(planned),
          }),
      );
      if (manifest === null) this.#begunAs.set(step.id, planned);
      else {
        steering.finishStep(steered);
        this.#steered.delete(step.id);
      }
      return manifest;
    } finally {
      steering.endStep(steered);
    }
  }

  /** Where the step has begun in this run as the same step, but for what its first input turned out to be. */
  #begunIn(planned: PlannedStep): string | null {
    const before = this.#begunAs.get(planned.step.id);
    return before !== undefined && before.folder !== planned.folder && differInFirstInput(before, planned)
      ? before.folder
      : null;
  }
}

/** Whether nothing else sets two plans of a step apart. */
function differInFirstInput({ step, parts }: PlannedStep, other: PlannedStep): boolean {
  const [first = ""] = inputKinds(step.stage).keys();
  const rest = (each: FingerprintParts) => hashValue({ ...each, inputs: { ...each.inputs, [first]: [] } });
  return rest(parts) === rest(other.parts);
}
