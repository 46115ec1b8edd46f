import type { PlannedModel } from "../../contract/service.js";
import { inputKinds, partitionSize } from "../../contract/stage.js";
import { servicesNeeded } from "../../partition/needed.js";
import type { PlannedStep } from "../plan/plan.js";
import type { AskedTogether } from "./asked-together.js";
import type { Bell } from "./bell.js";
import type { Feed } from "./feed.js";
import type { RunningPlan } from "./running-plan.js";
import { type Source, StepInput } from "./step-input.js";

/** A step whose turn has come. */
export interface ReadyStep {
  readonly planned: PlannedStep;
  /** The models that it asks. */
  readonly models: Readonly<Record<string, PlannedModel>>;
  readonly input: StepInput;
}

/** A step that is under way. */
export interface StepUnderWay {
  readonly planned: PlannedStep;
  readonly feed: Feed;
}

/** Where a run stands, as far as that decides which of its steps may begin. */
export interface Standing {
  readonly running: RunningPlan;
  /** Ids of the steps that have had their turn. */
  readonly done: ReadonlySet<string>;
  /** By id. */
  readonly underWay: ReadonlyMap<string, StepUnderWay>;
  readonly asked: AskedTogether;
  readonly bell: Bell;
  /** Whether a step is to run, whatever it has left before. */
  readonly runs: (planned: PlannedStep) => boolean;
}

/**
 * The step, where its turn has come. That is when all steps before it in the file have had theirs; or earlier, beside
 * steps that are under way, where
 * - it works through its records one by one, and the first of them are there: what it reads is finished, or is under
 *   way and passes them on. Other inputs, models that steps make, and what a limit chooses from have to be whole;
 * - no step stands before it that sees everything at once: such a step is alone with the machine, as a training is;
 * - memory holds the models that it asks beside those that are asked.
 */
export async function readyStep(id: string, standing: Standing): Promise<ReadyStep | null> {
  const { running, done, underWay, asked, bell, runs } = standing;
  const steps = running.plan.steps.map(({ step }) => step);
  const before = steps.slice(
    0,
    steps.findIndex((step) => step.id === id),
  );
  const open = before.filter((step) => !done.has(step.id));
  const known = running.steps.steps.get(id);
  if (known === undefined || open.some(({ stage }) => stage.parallel === "whole")) return null;
  const { step, readsFrom } = known;
  const isWhole = step.stage.parallel === "whole";
  if (isWhole && open.length > 0) return null;
  const [first] = inputKinds(step.stage).keys();
  const feeding = first === undefined ? [] : (step.from.get(first) ?? []);
  const isEarly = readsFrom.some((read) => !done.has(read));
  if (isEarly && !mayReadEarly(known, first, standing)) return null;
  const sources = feeding.flatMap((read): Source[] => {
    const { records } = running.finished.get(read) ?? {};
    return [underWay.get(read)?.feed ?? records ?? []].flat();
  });
  const input = new StepInput(sources, partitionSize(step.stage), bell);
  if (isEarly && input.partitions === 0) return null;
  const planned = await running.steps.current(id);
  const isToRun = runs(planned);
  if ((isEarly || open.length > 0) && (!isToRun || planned.earlier !== null)) return null;
  if (!isToRun) return { planned, models: {}, input };
  if (underWay.size > 0 && (isWhole || [...underWay.values()].some(isAlone))) return null;
  const models = await running.modelsOf(planned);
  const needs = servicesNeeded(step.stage.needs ?? []);
  return (await asked.fits(models, needs)) ? { planned, models, input } : null;
}

function isAlone({ planned: { step } }: StepUnderWay): boolean {
  return step.stage.parallel === "whole";
}

/** Whether a step can read from those under way: what they pass on is what they will have left at their end. */
function mayReadEarly(
  { step, readsFrom }: PlannedStep,
  first: string | undefined,
  { running, done, underWay }: Standing,
): boolean {
  const others = new Set([...step.from].flatMap(([name, reads]) => (name === first ? [] : reads)));
  return (
    first !== undefined &&
    step.limit === null &&
    readsFrom.every((read) => {
      if (done.has(read)) return true;
      const maker = underWay.get(read)?.planned;
      // A step with failures is told by what it has left; one without by its fingerprint, which is known before.
      const isKnown = maker?.earlier === null && running.steps.steps.get(read)?.identity === maker.fingerprint;
      return isKnown && (step.from.get(first)?.includes(read) ?? false) && !others.has(read);
    })
  );
}
