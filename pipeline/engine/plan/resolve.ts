import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { type Location, PipelineError } from "../../system/errors.js";
import { hashValue, sha256 } from "../../system/hash.js";
import { configuredPaths } from "../../system/paths.js";
import type { Capability } from "../../contract/capabilities.js";
import type { Prompt } from "../../contract/prompt.js";
import { AnyPrompt, type PromptType } from "../../contract/prompt-type.js";
import { otherNamesOf } from "../../contract/reference.js";
import type { AskedAs } from "../../contract/stage.js";
import { readTextFile } from "../../system/text-file.js";
import { askedModel, keepFallback } from "./asked-model.js";
import { rememberedHash } from "./file-hash.js";
import { parsePart } from "../config/issues.js";
import { type Path, readYaml } from "../config/located.js";
import { Mistakes } from "../config/mistakes.js";
import type { Pipeline, Step } from "../config/pipeline.js";
import { requireCapabilities, requireOfFile } from "./model-capabilities.js";
import type { PlannedModel } from "../../contract/service.js";
import { type FoundReference, findReferences, modelAsks } from "../config/references.js";
import { secretsIn } from "../config/secret-values.js";
import type { Session } from "./session.js";
import { type Maker, planStepModel } from "./step-models.js";

/** The references of a step, resolved: what its fingerprint counts, and what its tasks are given. */
export interface ResolvedStep {
  /** By dotted path of the option: what it named and what that holds. */
  readonly references: Readonly<Record<string, { readonly value: string; readonly sha256: string }>>;
  /** Texts of small references, so that a later change can be shown line by line. */
  readonly texts: Readonly<Record<string, string>>;
  /** The options with lists of sources written out. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string>>;
  readonly prompts: Readonly<Record<string, Prompt>>;
  /** How models are asked where the step leaves it to them, by their names. */
  readonly modelPrompts: Readonly<Record<string, AskedAs>>;
  /** What YAML files hold, by the names that options give them. */
  readonly yaml: Readonly<Record<string, unknown>>;
  /** Where those files say something, by the same names. */
  readonly places: Readonly<Record<string, (path: Path) => Location | null>>;
  /** Names of the models. */
  readonly models: readonly string[];
  /** What is asked of them beside writing, by their names. */
  readonly modelAsks: Readonly<Record<string, readonly Capability[]>>;
}

/** What the references of a step are resolved with. */
interface Surroundings {
  readonly step: Step;
  readonly pipeline: Pipeline;
  readonly session: Session;
  /** Models by the names that options give them; what is resolved is added. */
  readonly models: Map<string, PlannedModel>;
  /** The steps before this one, by id. */
  readonly before: ReadonlyMap<string, Maker>;
}

/** Resolves the references of one step. */
export async function resolveStep(step: Step, given: Omit<Surroundings, "step">): Promise<ResolvedStep> {
  const surroundings = { ...given, step };
  const references = findReferences(step.stage.options, step.options);
  const resolveOne = async (reference: FoundReference) => ({
    reference,
    resolved: await locate(
      resolveReference(reference, surroundings, optionPlace(reference, step)),
      placeOf(reference, step, surroundings.pipeline),
      reference,
    ),
  });
  // Models first: how one is asked depends on whether another stands in for it.
  const models = await Promise.all(references.filter(({ type }) => type === "model").map(resolveOne));
  const found = [...models, ...(await Promise.all(references.filter(({ type }) => type !== "model").map(resolveOne)))];
  const asked = found
    .flatMap(({ reference, resolved }) => [reference, ...(resolved.named ?? [])])
    .filter(({ type }) => type === "model");
  const byOption = <T>(pick: (resolved: ResolvedReference) => T | undefined): Record<string, T> =>
    collect(found, ({ reference, resolved }) => [reference.path.join("."), pick(resolved)]);
  const byValue = <T>(pick: (resolved: ResolvedReference) => T | undefined): Record<string, T> =>
    collect(found, ({ reference, resolved }) => [reference.value, pick(resolved)]);
  const hashes = collect(found, ({ reference, resolved }) => [
    reference.path.join("."),
    { value: resolved.askedAs?.file ?? reference.value, sha256: resolved.sha256 },
  ]);
  return {
    references: hashes,
    texts: byOption(({ text }) => text),
    options: writeOut(
      step.options,
      byValue(({ refs }) => refs),
    ),
    files: byValue(({ path }) => path),
    prompts: byValue(({ prompt }) => prompt),
    modelPrompts: collect(found, ({ reference, resolved }) => [reference.model ?? "", resolved.askedAs]),
    yaml: byValue(({ yaml }) => yaml),
    places: byValue(({ places }) => places),
    models: asked.map(({ value }) => value),
    modelAsks: modelAsks(asked),
  };
}

interface ResolvedReference {
  readonly sha256: string;
  readonly refs?: readonly string[];
  readonly path?: string;
  readonly prompt?: Prompt;
  /** Of a prompt that is left to a model. */
  readonly askedAs?: AskedAs;
  readonly text?: string;
  readonly yaml?: unknown;
  readonly places?: (path: Path) => Location | null;
  /** What a YAML file names. */
  readonly named?: readonly FoundReference[];
}

async function resolveReference(
  { path: option, type, value, schema, model: asked, prompt: template = AnyPrompt, asks }: FoundReference,
  surroundings: Surroundings,
  location: Location,
): Promise<ResolvedReference> {
  const { pipeline, session, models } = surroundings;
  const { providers, context } = session;
  switch (type) {
    case "model": {
      const { spec } = askedModel(value, pipeline, context.lockfile);
      const asking = {
        step: surroundings.step.id,
        option: option.join("."),
        ref: value,
        can: asks?.can ?? [],
        location,
      };
      requireCapabilities(asking, spec, pipeline, providers);
      const model = models.get(value) ?? (await planModel(value, surroundings));
      models.set(value, model);
      await requireOfFile(asking, model, session);
      return { sha256: model.insteadOf === undefined ? model.hash : hashValue([model.hash, model.insteadOf]) };
    }
    case "source": {
      const { hash, refs } = await providers.resolveSource(value, context);
      return { sha256: hash, refs };
    }
    case "prompt": {
      if (asked !== undefined)
        return await resolveModelPrompt({ model: asked, otherwise: value, template }, surroundings);
      const path = await findFile(value, pipeline);
      const [prompt, text] = await Promise.all([providers.loadPrompt(path, template), readTextFile(path)]);
      return { sha256: sha256(text), prompt, text };
    }
    case "file": {
      const path = await findFile(value, pipeline);
      return { sha256: await rememberedHash(path, session.store), path };
    }
    case "yaml":
      return await resolveYaml(await findFile(value, pipeline), schema ?? z.unknown(), surroundings);
  }
}

/** The model that is asked where a step names this one. */
async function planModel(
  ref: string,
  { pipeline, session, before }: Omit<Surroundings, "step" | "models">,
): Promise<PlannedModel> {
  const { spec, insteadOf } = askedModel(ref, pipeline, session.context.lockfile);
  try {
    const model =
      (await planStepModel(spec, before, session)) ?? (await session.providers.resolveModel(spec, session.context));
    return insteadOf === null ? model : { ...model, insteadOf };
  } catch (error) {
    if (insteadOf !== null || !(await keepFallback(spec, error, session))) throw error;
    return await planModel(ref, { pipeline, session, before });
  }
}

/** How a model is asked by what its entry says. */
async function resolveModelPrompt(
  { model, otherwise, template }: { readonly model: string; readonly otherwise: string; readonly template: PromptType },
  { pipeline, session: { providers, context } }: Surroundings,
): Promise<ResolvedReference> {
  const { prompt: file = otherwise, form = "auto" } = askedModel(model, pipeline, context.lockfile).spec;
  const path = await findFile(file, pipeline);
  const [prompt, text] = await Promise.all([providers.loadPrompt(path, template), readTextFile(path)]);
  return {
    sha256: form === "auto" ? sha256(text) : hashValue([sha256(text), form]),
    text,
    askedAs: { file, prompt, form },
  };
}

/** Reads and checks a YAML file, and resolves what it names: a mistake is shown where it stands in that file. */
async function resolveYaml(file: string, schema: z.ZodType, surroundings: Surroundings): Promise<ResolvedReference> {
  const yaml = await readYaml(file);
  const names = otherNamesOf(schema);
  const saidAt = (path: Path) => names(path).find((name) => yaml.has(name));
  const at = (path: Path) => ({ from: "file" as const, location: yaml.locate(path) });
  const mistakes = new Mistakes();
  mistakes.add(...secretsIn({ yaml, value: yaml.value, origin: at }));
  mistakes.throwIfAny();
  const parsed = parsePart(
    schema,
    yaml.value,
    { path: [], what: `the file ${basename(file)}` },
    { yaml, value: yaml.value, origin: at },
  );
  const named = await Promise.all(
    findReferences(schema, parsed).map(async (reference) => ({
      reference,
      resolved: await locate(
        resolveReference(reference, surroundings, yaml.locate(saidAt(reference.path) ?? reference.path)),
        { origin: (path) => at(saidAt(path) ?? path), location: yaml.locate([]) },
        reference,
      ),
    })),
  );
  return {
    sha256: hashValue({
      holds: parsed,
      references: collect(named, ({ reference, resolved }) => [reference.path.join("."), resolved.sha256]),
    }),
    text: await readTextFile(file),
    yaml: parsed,
    places(path) {
      const said = saidAt(path);
      return said === undefined ? null : yaml.locateKey(said);
    },
    named: named.map(({ reference }) => reference),
  };
}

function collect<I, T>(items: readonly I[], entry: (item: I) => readonly [string, T | undefined]): Record<string, T> {
  return Object.fromEntries(items.map(entry).filter((pair): pair is readonly [string, T] => pair[1] !== undefined));
}

/** A path of a pipeline file: relative to that file, or else to the configuration that ships. */
async function findFile(value: string, { baseDir }: Pipeline): Promise<string> {
  const candidates = configuredPaths(value, baseDir);
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined && (await stat(found)).isFile()) return found;
  throw new PipelineError(`no file "${value}"`, {
    code: "reference",
    hint: `looked for ${candidates.join(" and ")}; paths are relative to the pipeline file`,
  });
}

/** A model of the file stands where its source does, and its prompt beside that. */
function placeOf(
  { type, value, model }: FoundReference,
  step: Step,
  { models, origin }: Pipeline,
): Pick<Step, "origin" | "location"> {
  const [name, key] = type === "model" ? [value, "source"] : [model ?? "", "prompt"];
  const place = Object.hasOwn(models, name) ? origin(["models", name, key]) : undefined;
  return place?.location === undefined ? step : { origin: () => place, location: place.location };
}

/** Where an option says what it names, or else where its step stands. */
function optionPlace({ path }: FoundReference, step: Pick<Step, "origin" | "location">): Location {
  return step.origin(path).location ?? step.location;
}

async function locate<T>(
  work: Promise<T>,
  step: Pick<Step, "origin" | "location">,
  reference: FoundReference,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof PipelineError) || error.locations.length > 0) throw error;
    throw new PipelineError(error.message, {
      code: error.code,
      locations: [optionPlace(reference, step)],
      cause: error,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
  }
}

function writeOut(
  options: Readonly<Record<string, unknown>>,
  lists: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key,
      Array.isArray(value)
        ? (value as unknown[]).flatMap((item) => (typeof item === "string" ? [...(lists[item] ?? [item])] : [item]))
        : value,
    ]),
  );
}
