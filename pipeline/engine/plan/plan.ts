import { type Location, PipelineError } from "../../system/errors.js";
import { hashValue } from "../../system/hash.js";
import type { Prompt } from "../../contract/prompt.js";
import type { PromptType } from "../../contract/prompt-type.js";
import { CodeReader } from "../../system/code/code.js";
import { type AskedAs, partitionSize } from "../../contract/stage.js";
import { changesInWords } from "./changes.js";
import { findReferences } from "../config/references.js";
import { type Asking, requireCapabilities, requireOfFile } from "./model-capabilities.js";
import { askedModel } from "./asked-model.js";
import { differences } from "./differences.js";
import { rememberedHash } from "./file-hash.js";
import { servicesNeeded } from "../../partition/needed.js";
import { type NeededParts, neededParts } from "./fingerprint.js";
import { findDamage, findResult, resultIdentity, stepFolder, type StepManifest } from "../state/manifest.js";
import { resultsOfStep } from "../state/pipeline-results.js";
import type { EngineOptions } from "../config/options.js";
import { Mistakes } from "../config/mistakes.js";
import type { Pipeline, Step } from "../config/pipeline.js";
import type { PlannedModel } from "../../contract/service.js";
import { type ResolvedStep, resolveStep } from "./resolve.js";
import type { Session } from "./session.js";
import { isStepModel } from "./step-models.js";

/** What a run would do: every reference resolved, and of every step whether it is finished. */
export interface Plan {
  readonly pipeline: Pipeline;
  readonly steps: readonly PlannedStep[];
  /** By the name that options give them. */
  readonly models: ReadonlyMap<string, PlannedModel>;
}

/** A step with what decides its result, and with the result where there is one. */
export interface PlannedStep {
  readonly step: Step;
  /** The steps that it reads from: their records, or a model that they make. */
  readonly readsFrom: readonly string[];
  /** SHA-256 of `parts`: equal fingerprints give equal results. */
  readonly fingerprint: string;
  readonly parts: FingerprintParts;
  readonly resolved: ResolvedStep;
  readonly folder: string;
  /** The finished result; null where the step has to run. */
  readonly manifest: StepManifest | null;
  /** A finished result with failures: the inputs that failed run again, and those alone. */
  readonly earlier: StepManifest | null;
  /** What is wrong with the result that is there, in words; null where nothing is. */
  readonly damage: string | null;
  /** What stands for the step in the fingerprints of the steps that read it. */
  readonly identity: string;
  /** Why it has to run, or that it is finished: one line. */
  readonly why: string;
}

/** Everything that can change what a step puts out. */
export interface FingerprintParts extends NeededParts {
  readonly [part: string]: unknown;
  readonly format: number;
  readonly stage: string;
  readonly version: number;
  readonly seed: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly limit: number | null;
  /** Records of a partition; null for a stage that sees everything. */
  readonly partition: number | null;
  readonly references: ResolvedStep["references"];
  /** The steps by id and fingerprint: what they counted is told by their ids. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
}

/** Raised when the engine itself changes what a step puts out: the form of records, of results, of accounting. */
const format = 2;

type PlanOptions = Pick<EngineOptions, "acceptFailures">;

/** Resolves every reference and works out which steps are finished. Runs nothing. */
export async function makePlan(pipeline: Pipeline, session: Session, options: PlanOptions = {}): Promise<Plan> {
  const models = new Map<string, PlannedModel>();
  const planned = new Map<string, PlannedStep>();
  const reader = new CodeReader();
  for (const step of pipeline.steps)
    planned.set(step.id, await planStep(step, { pipeline, session, models, before: planned, reader, options }));
  return { pipeline, steps: [...planned.values()], models };
}

/** What a step is planned with. */
export interface PlanSurroundings {
  readonly pipeline: Pipeline;
  readonly session: Session;
  /** By the name that options give them; what is resolved is added. */
  readonly models: Map<string, PlannedModel>;
  /** The steps before this one, by id. */
  readonly before: ReadonlyMap<string, PlannedStep>;
  readonly reader: CodeReader;
  readonly options: PlanOptions;
}

/** Plans one step, as the steps before it are now. */
export async function planStep(step: Step, surroundings: PlanSurroundings): Promise<PlannedStep> {
  const {
    pipeline,
    session,
    models,
    before,
    reader,
    options: { acceptFailures = false },
  } = surroundings;
  const resolved = await resolveStep(step, { pipeline, session, models, before });
  const readsFrom = [
    ...new Set([...[...step.from.values()].flat(), ...resolved.models.flatMap((name) => makersOf(models.get(name)))]),
  ];
  const inputs = [...step.from].map(
    ([name, steps]) => [name, steps.map((id) => `${id} ${before.get(id)?.identity ?? ""}`)] as const,
  );
  const parts: FingerprintParts = {
    format,
    stage: step.stage.name,
    version: step.stage.version,
    seed: pipeline.seed,
    options: step.options,
    limit: step.limit,
    partition: step.stage.parallel === "whole" ? null : partitionSize(step.stage),
    references: resolved.references,
    inputs: Object.fromEntries(inputs),
    ...(await neededParts(step, {
      pipeline,
      models: new Map([...models].filter(([name]) => resolved.models.includes(name))),
      session,
      reader,
    }).catch((error: unknown) => {
      throw isOfStage(error) ? located(error, step.location) : error;
    })),
    ...(await askStage(step, resolved, { pipeline, session, models })),
  };
  const fingerprint = hashValue(parts);
  const folder = stepFolder(session.context.stateDir, step.id, fingerprint);
  const found = await findResult(folder);
  const damage =
    found.damage ??
    (found.manifest === null
      ? null
      : await findDamage(folder, found.manifest, (path) => rememberedHash(path, session.store)));
  const result = damage === null ? found.manifest : null;
  const isFinal = acceptFailures || result?.counts.failed === 0;
  return {
    step,
    readsFrom,
    fingerprint,
    parts,
    resolved,
    folder,
    damage,
    manifest: isFinal ? result : null,
    earlier: isFinal ? null : result,
    identity: result === null ? fingerprint : resultIdentity(result),
    why: await explain(),
  };

  async function explain(): Promise<string> {
    if (damage !== null) return `its result is damaged: ${damage}`;
    if (result === null) return await whyItRuns({ step, readsFrom }, parts, surroundings);
    const { failed } = result.counts;
    return isFinal
      ? "finished before"
      : `${failed} of its inputs failed before: ${failed === 1 ? "it runs" : "they run"} again`;
  }
}

/** What the stage itself has to say of its options, once it is known what they name. */
async function askStage(
  step: Step,
  { yaml, places, prompts, modelPrompts, modelAsks }: ResolvedStep,
  { pipeline, session, models }: Pick<PlanSurroundings, "pipeline" | "session" | "models">,
): Promise<{ readonly planned?: unknown }> {
  const { stage, options, location } = step;
  const mistakes = new Mistakes();
  const asked: Asking[] = [];
  const planned = await mistakes.try(
    async () =>
      await stage
        .plan?.(options, {
          yaml: (ref, schema) => schema.parse(yaml[ref]),
          written: (ref, path) => places[ref]?.(path) ?? null,
          complain: (mistake, path = []) => mistakes.add(withPlace(mistake, step.origin(path).location ?? location)),
          ...session.services.apis(servicesNeeded(stage.needs ?? []), { stage: stage.name, models: modelAsks }),
          prompt: <P extends Prompt>(ref: string, _type?: PromptType<P>) => namedBy(prompts, ref) as P,
          modelPrompt: <P extends Prompt>(model: string, _type?: PromptType<P>) =>
            namedBy(modelPrompts, model) as AskedAs<P>,
          require: (ref, can, why) => {
            const path = findReferences(stage.options, options).find(({ value }) => value === ref)?.path ?? [];
            const place = step.origin(path).location ?? location;
            const asking = { step: step.id, option: path.join("."), ref, can, why, location: place };
            requireCapabilities(
              asking,
              askedModel(ref, pipeline, session.context.lockfile).spec,
              pipeline,
              session.providers,
            );
            asked.push(asking);
          },
        })
        .catch((error: unknown) => {
          throw located(error, location);
        }),
  );
  for (const asking of asked) {
    const model = models.get(asking.ref);
    if (model !== undefined) await mistakes.try(async () => await requireOfFile(asking, model, session));
  }
  mistakes.throwIfAny();
  return planned === undefined || planned === null ? {} : { planned };
}

function namedBy<T>(entries: Readonly<Record<string, T>>, ref: string): T {
  const entry = entries[ref];
  if (entry === undefined)
    throw new PipelineError(`"${ref}" is not named by an option of this step`, { code: "stage" });
  return entry;
}

/** Whether a stage is at fault, and not what is around it: a Python that is not there, for one. */
function isOfStage(error: unknown): boolean {
  return error instanceof PipelineError && error.code === "stage";
}

/** The error with the step's place, where it has none of its own. */
function located(error: unknown, location: Location): unknown {
  return error instanceof PipelineError ? withPlace(error, location) : error;
}

function withPlace(error: PipelineError, location: Location): PipelineError {
  if (error.locations.length > 0) return error;
  const { message, code, hint } = error;
  return new PipelineError(message, { code, locations: [location], cause: error, ...(hint !== undefined && { hint }) });
}

function makersOf(model: PlannedModel | undefined): readonly string[] {
  return model !== undefined && isStepModel(model) ? model.madeBy : [];
}

async function whyItRuns(
  { step, readsFrom }: Pick<PlannedStep, "step" | "readsFrom">,
  parts: FingerprintParts,
  { pipeline, session, before }: Pick<PlanSurroundings, "pipeline" | "session" | "before">,
): Promise<string> {
  const waitingFor = readsFrom.filter((id) => before.get(id)?.manifest === null && before.get(id)?.earlier === null);
  if (waitingFor.length > 0) return `${waitingFor.join(", ")} ${waitingFor.length === 1 ? "runs" : "run"} first`;
  const { stateDir } = session.context;
  const [last] = await resultsOfStep({ pipeline: pipeline.name, step: step.id, stateDir }, session.store);
  if (last === undefined) return "has not run yet";
  return changesInWords(differences(last.parts, parts), step.stage.name);
}
