import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { PipelineError } from "../../system/errors.js";
import { packageRoot } from "../../system/paths.js";
import { isConfiguration } from "./familiar-keys.js";
import { layered } from "./layers.js";
import { type LocatedYaml, readYaml } from "./located.js";
import type { Mistakes } from "./mistakes.js";
import { declaredParameters } from "./parameters/declared.js";
import type { Parameter } from "./parameters/parameter.js";
import { findStage, type FoundStage, type StageLibrary } from "./stage-module.js";
import type { WiredStep } from "./wiring.js";

/** Where a pipeline file is looked for, and what it may leave to files that ship. */
export interface FileOptions {
  readonly cwd: string;
  readonly library: StageLibrary;
  /** Name of the pipeline that ships whose steps a file without any has; the library's unless told. */
  readonly base?: string;
  /**
   * Name of the pipeline that ships whose parameters a file that declares none has, as far as they fit its steps; none
   * unless told.
   */
  readonly lender?: string;
}

/** A pipeline file that was read, and of which nothing was checked but the stages that it names. */
export interface PipelineFile {
  /** Absolute path. */
  readonly file: string;
  readonly yaml: LocatedYaml;
  /** One a step; undefined where that is a mistake by itself. */
  readonly stages: readonly (FoundStage | undefined)[];
  readonly wired: readonly WiredStep[];
  readonly parameters: readonly Parameter[];
}

/**
 * Reads a pipeline file: NAME is config/NAME.yaml in the working folder or among those that ship. Throws a
 * PipelineError where there is none, or where it is no YAML.
 */
export async function openPipelineFile(
  nameOrFile: string,
  { cwd, library, base = library.base, lender }: FileOptions,
  mistakes: Mistakes,
): Promise<PipelineFile> {
  const file = findPipelineFile(nameOrFile, cwd);
  const yaml = await readWhole(file, base);
  const stages = await findStages(yaml, { library, baseDir: dirname(file), mistakes });
  const wired = wiredSteps(yaml.value, stages);
  const own = { yaml, values: yaml.value, steps: wired, models: modelNames(yaml.value) };
  const isLent = lender !== undefined && !declaresAny(yaml.value);
  const parameters = isLent
    ? await declaredParameters({ ...own, yaml: await readYaml(shippedFile(lender)), mistakes: null })
    : await declaredParameters({ ...own, mistakes });
  return { file, yaml, stages, wired, parameters };
}

function declaresAny(value: unknown): boolean {
  return (value as { parameters?: unknown } | null)?.parameters !== undefined;
}

/** Names under `models:`. */
export function modelNames(value: unknown): string[] {
  const models = (value as { models?: unknown } | null)?.models;
  return typeof models === "object" && models !== null ? Object.keys(models) : [];
}

/** The file; one that only says how tests are generated has the steps of one that ships. */
async function readWhole(file: string, base: string): Promise<LocatedYaml> {
  const yaml = await readYaml(file);
  return isConfiguration(yaml.value) ? layered(yaml, await readYaml(shippedFile(base))) : yaml;
}

function findPipelineFile(nameOrFile: string, cwd: string): string {
  const isName = /^[\w.-]+$/u.test(nameOrFile) && !/\.ya?ml$/u.test(nameOrFile);
  const candidates = isName
    ? [join(cwd, "config", `${nameOrFile}.yaml`), shippedFile(nameOrFile)]
    : [resolve(cwd, nameOrFile)];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new PipelineError(`no pipeline ${isName ? `"${nameOrFile}"` : `file ${nameOrFile}`}`, {
    code: "usage",
    hint: isName
      ? `looked for ${candidates.join(" and ")}`
      : "check the path; `pipeline run NAME` takes config/NAME.yaml",
  });
}

function shippedFile(name: string): string {
  return join(packageRoot, "config", `${name}.yaml`);
}

/**
 * The stages that the steps name, found before anything is checked: a step is called by its stage unless it has an id.
 */
async function findStages(
  yaml: LocatedYaml,
  { library, baseDir, mistakes }: { library: StageLibrary; baseDir: string; mistakes: Mistakes },
): Promise<(FoundStage | undefined)[]> {
  return await Promise.all(
    rawSteps(yaml.value).map(async ({ stage }, index) => {
      if (typeof stage !== "string" || stage === "") return undefined;
      return await mistakes.try(() =>
        findStage(stage, { library, baseDir, location: yaml.locate(["steps", index, "stage"]) }),
      );
    }),
  );
}

function wiredSteps(value: unknown, stages: readonly (FoundStage | undefined)[]): WiredStep[] {
  return rawSteps(value).map(({ id, stage, from }, index) => ({
    id: [id, stages[index]?.stage.name, stage].find((name): name is string => typeof name === "string") ?? "",
    stage: stages[index]?.stage,
    from,
  }));
}

/** The steps of a file before anything of them is checked; none where `steps` is no list. */
export function rawSteps(value: unknown): { id?: unknown; stage?: unknown; from?: unknown }[] {
  const steps = (value as { steps?: unknown } | null)?.steps;
  return Array.isArray(steps) ? steps.map((step: object | null) => step ?? {}) : [];
}
