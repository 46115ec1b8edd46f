import { dirname } from "node:path";
import type { z } from "zod";
import { PipelineError } from "../../system/errors.js";
import { type Catalogue, completed, noModel, readCatalogue, withMappings } from "./catalogue.js";
import { followOptions } from "./following.js";
import { FamiliarKeys, familiarSettings } from "./familiar-keys.js";
import { type ConfigSource, mistake, parsePart, valueAt } from "./issues.js";
import { leaveOut } from "./leave-out.js";
import type { LocatedYaml, Path } from "./located.js";
import { elsewhereThanStep, elsewhereThanTop, elsewhereThanWith, engineOptions } from "./misplaced.js";
import { Mistakes } from "./mistakes.js";
import { checkEvidence } from "./evidence.js";
import { checkClashes } from "./outputs.js";
import { type GivenParameter, meaningOf } from "./parameters/given.js";
import { type FileOptions, modelNames, openPipelineFile, rawSteps } from "./pipeline-file.js";
import type { Pipeline, Step } from "./pipeline.js";
import type { Origin } from "./origin.js";
import { findReferences } from "./references.js";
import { secretsIn } from "./secret-values.js";
import { Limit, PipelineSchema, StepSchema } from "./schema.js";
import {
  applySetting,
  placeSetting,
  type PlacedSetting,
  type Setting,
  settingOfCommandLine,
  settingsOfEnvironment,
} from "./settings.js";
import type { FoundStage } from "./stage-module.js";
import { wire, type WiredStep } from "./wiring.js";

/** What is said beside a pipeline file. */
export interface LoadOptions extends FileOptions {
  /** Values of the file's parameters; weaker than `settings`. */
  readonly given?: readonly GivenParameter[];
  /** `--set` of the command line. */
  readonly settings: readonly string[];
  /** PIPELINE_SET. */
  readonly environment: string | undefined;
}

/**
 * Reads and checks a pipeline: NAME is config/NAME.yaml in the working folder or among those that ship.
 * Throws a PipelineError for the first mistake, with all others beside it, each with its place in the user's own file.
 */
export async function loadPipeline(
  nameOrFile: string,
  { given = [], settings, environment, ...fileOptions }: LoadOptions,
): Promise<Pipeline> {
  const mistakes = new Mistakes();
  const { file, yaml, stages, wired, parameters } = await openPipelineFile(nameOrFile, fileOptions, mistakes);
  const { cwd } = fileOptions;
  const baseDir = dirname(file);

  const placed: PlacedSetting[] = [];
  const leftOut: string[] = [];
  let value = withMappings(yaml.value);
  const place = (...found: readonly PlacedSetting[]): void => {
    value = found.reduce((whole, setting) => withMappings(applySetting(whole, setting)), value);
    placed.push(...found);
  };
  const set = async (written: readonly Setting[]): Promise<void> => {
    for (const setting of written) await mistakes.try(() => place(placeSetting(setting, settable(yaml.value, wired))));
  };
  await set(settingsOfEnvironment(environment));
  for (const parameter of given) {
    await mistakes.try(() => {
      const meant = meaningOf(parameter, parameters, (path) => valueAt(value, path));
      place(...meant.settings);
      leftOut.push(...meant.leftOut);
    });
  }
  await set(settings.map(settingOfCommandLine));
  const origin = (path: Path, settled = placed) => originOf(path, yaml, settled);
  const familiar =
    (await mistakes.try(() =>
      familiarSettings(value, { stages, file, origin, locate: (path) => yaml.locateKey(path) }),
    )) ?? [];
  const all = [...familiar, ...placed];
  value = all.reduce((whole, setting) => withMappings(applySetting(whole, setting)), withMappings(yaml.value));
  const written: ConfigSource = { yaml, value, origin: (path) => origin(path, all) };
  value = followOptions({ steps: wired, source: written, mistakes });
  const source: ConfigSource = { ...written, value };

  mistakes.add(...secretsIn(source));
  const head = await mistakes.try(() =>
    parsePart(
      PipelineSchema,
      value,
      { path: [], what: "the pipeline file", elsewhere: elsewhereThanTop(stages) },
      source,
    ),
  );
  const steps: Step[] = [];
  for (const [index, raw] of rawSteps(value).entries()) {
    const step = await readStep(raw, index, { stage: stages[index], wired, source, mistakes });
    if (step !== undefined) steps.push(step);
  }
  const known = await mistakes.try(async () => await readCatalogue(cwd, baseDir));
  const catalogue = known ?? {};
  const models = known === undefined ? {} : namedModels(head?.models ?? {}, { catalogue, source, mistakes });
  await mistakes.try(() =>
    checkClashes(steps.map((step) => ({ step, paths: step.stage.leaves?.(step.options) ?? [] }))),
  );
  await mistakes.try(() => checkEvidence(steps));
  mistakes.throwIfAny();
  const { name, seed, determinism, hardware, output, project, retries, budget } = head as z.output<
    typeof PipelineSchema
  >;
  return {
    name,
    seed,
    determinism,
    file,
    baseDir,
    models: { ...asked(steps, catalogue), ...models },
    catalogue,
    steps: leaveOut(steps, leftOut),
    parameters,
    origin: source.origin,
    ...(hardware !== undefined && hardware.n_threads > 0 && { threads: hardware.n_threads }),
    ...(project !== undefined && { variables: project.env }),
    ...(retries !== undefined && { retries }),
    ...(budget !== undefined && { budget }),
    ...(output?.default_dir !== undefined && { testsFolder: output.default_dir }),
  };
}

/** The models of the file, with what the catalogue says of those that are named by a short name. */
function namedModels(
  written: object,
  {
    catalogue,
    source,
    mistakes,
  }: { readonly catalogue: Catalogue; readonly source: ConfigSource; readonly mistakes: Mistakes },
): Pipeline["models"] {
  return Object.fromEntries(
    Object.entries(written as Catalogue).flatMap(([name, spec]) => {
      const whole = completed(spec, catalogue);
      if (whole !== null) return [[name, whole]];
      const { message, hint } = noModel(String(spec.source), Object.keys(catalogue));
      mistakes.add(mistake(message, { ...(hint !== undefined && { hint }), path: ["models", name, "source"], source }));
      return [];
    }),
  );
}

/** The models of the catalogue that options name. */
function asked(steps: readonly Step[], catalogue: Catalogue): Pipeline["models"] {
  const names = steps.flatMap(({ stage, options }) =>
    findReferences(stage.options, options).flatMap(({ type, value }) => (type === "model" ? [value] : [])),
  );
  return Object.fromEntries(names.flatMap((name) => (catalogue[name] === undefined ? [] : [[name, catalogue[name]]])));
}

function settable(value: unknown, steps: readonly WiredStep[]) {
  const groups = Object.keys(FamiliarKeys);
  return {
    steps: steps.map(({ id }) => id),
    models: modelNames(value),
    values: Object.keys(PipelineSchema.shape).filter(
      (key) => !["models", "parameters", "steps"].includes(key) && !groups.includes(key),
    ),
    groups,
  };
}

function originOf(path: Path, yaml: LocatedYaml, placed: readonly PlacedSetting[]): Origin {
  const setting = placed.findLast(
    ({ place }) => place.length <= path.length && place.every((part, index) => String(part) === String(path[index])),
  );
  if (setting !== undefined) return setting.origin;
  return yaml.has(path) ? { from: "file", location: yaml.locate(path) } : { from: "default" };
}

interface StepSurroundings {
  readonly stage: FoundStage | undefined;
  readonly wired: readonly WiredStep[];
  readonly source: ConfigSource;
  readonly mistakes: Mistakes;
}

/** undefined where a mistake was noted. */
async function readStep(
  value: unknown,
  index: number,
  { stage: found, wired, source, mistakes }: StepSurroundings,
): Promise<Step | undefined> {
  const path: Path = ["steps", index];
  const raw = await mistakes.try(() =>
    parsePart(StepSchema, value, { path, what: `step ${index + 1}`, elsewhere: elsewhereThanStep(found) }, source),
  );
  if (raw === undefined || found === undefined) return undefined;
  const { stage, module } = found;
  const id = raw.id ?? stage.name;
  const location = source.yaml.locate([...path, "stage"]);
  if (wired.findIndex((step) => step.id === id) < index) {
    mistakes.add(
      new PipelineError(`two steps are called "${id}"`, {
        code: "config",
        hint: `give one of them an id of its own: { stage: ${raw.stage}, id: ... }`,
        locations: [location],
      }),
    );
  }
  const { limit, ...given } = raw.with ?? {};
  const part = {
    path: [...path, "with"],
    what: `stage "${stage.name}"`,
    alsoTakes: engineOptions,
    elsewhere: elsewhereThanWith(stage),
  };
  const from = await mistakes.try(() => wire(raw.from, stage, { steps: wired, index, source }));
  const options = await mistakes.try(() => parsePart(stage.options, given, part, source));
  const most =
    limit === undefined
      ? null
      : await mistakes.try(() =>
          parsePart(Limit, limit, { ...part, path: [...part.path, "limit"], what: `"limit" of ${part.what}` }, source),
        );
  if (from === undefined || options === undefined || most === undefined) return undefined;
  return {
    id,
    stage,
    module,
    from,
    options: options as Record<string, unknown>,
    limit: most,
    output: raw.output ?? null,
    ...(raw.retries !== undefined && { retries: raw.retries }),
    ...(raw.budget !== undefined && { budget: raw.budget }),
    location,
    origin: (inner) => source.origin([...part.path, ...inner]),
  };
}
