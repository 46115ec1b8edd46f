import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Location, PipelineError } from "../../system/errors.js";
import type { Stage, StageModules } from "../../contract/stage.js";
import type { Step } from "./pipeline.js";
import { suggestion } from "../../system/suggest.js";

/** The stages that ship, and the module that workers load them from; with them come pipelines of these stages. */
export interface StageLibrary {
  readonly url: string;
  readonly stages: StageModules;
  /** Name of the pipeline that ships whose steps a file without any has. */
  readonly base: string;
}

/** A stage, and where a worker loads it from. */
export type FoundStage = Pick<Step, "stage" | "module">;

/**
 * The stage that a pipeline file names: one that ships, a file of the user's (`./score.js`), or a package.
 * Throws a PipelineError at the location where there is none.
 */
export async function findStage(
  written: string,
  { library, baseDir, location }: { library: StageLibrary; baseDir: string; location: Location },
): Promise<FoundStage> {
  const load = Object.hasOwn(library.stages, written) ? library.stages[written] : undefined;
  if (load !== undefined) return { stage: (await load()).default, module: { url: library.url, name: written } };
  const url = pathToFileURL(
    /^\.{0,2}\//u.test(written)
      ? findFile(written, baseDir, location)
      : findPackage(written, { library, baseDir, location }),
  ).href;
  return { stage: await importStage(url, written, location), module: { url, name: null } };
}

function findFile(written: string, baseDir: string, location: Location): string {
  const file = resolve(baseDir, written);
  if (existsSync(file)) return file;
  throw new PipelineError(`no file "${written}" for this stage`, {
    code: "config",
    hint: `looked for ${file}; paths are relative to the pipeline file`,
    locations: [location],
  });
}

function findPackage(
  written: string,
  { library, baseDir, location }: { library: StageLibrary; baseDir: string; location: Location },
): string {
  try {
    return createRequire(join(baseDir, "package.json")).resolve(written);
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND";
    throw new PipelineError(
      isThere ? `the package "${written}" exports no stage: ${(error as Error).message}` : `unknown stage "${written}"`,
      {
        code: "config",
        hint: isThere
          ? 'its package.json has to export a module whose default export is a stage: "exports": "./index.js"'
          : `${suggestion(
              written,
              Object.keys(library.stages),
              "The stages are:",
            )}\nA stage of your own is named by its path (./${written}.js) or its package.`,
        locations: [location],
      },
    );
  }
}

async function importStage(url: string, written: string, location: Location): Promise<Stage> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(url)) as typeof module;
  } catch (error) {
    throw new PipelineError(
      `the stage ${written} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      {
        code: "config",
        hint: "run it by itself to see where: node --import " + written,
        locations: [location],
        cause: error,
      },
    );
  }
  const problem = problemOf(module.default);
  if (problem === undefined) return module.default as Stage;
  throw new PipelineError(`${written} is no stage: ${problem}`, {
    code: "config",
    hint: 'write `export default defineStage({ ... })`, with defineStage from "distil-pipeline/stage"',
    locations: [location],
  });
}

/** Why a module's default export is no stage. */
function problemOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "it has no default export that is an object";
  const { name, version, run, options, writes, parallel } = value as Partial<Stage>;
  if (typeof name !== "string" || !/^[a-z][a-z0-9-]*$/u.test(name))
    return "its name must be lower-case letters, digits and -";
  if (!Number.isInteger(version)) return "its version must be a whole number";
  if (typeof run !== "function") return "it has no run function";
  if (typeof options?.safeParse !== "function") return "its options must be a zod schema: z.strictObject({ ... })";
  if (typeof writes?.make !== "function") return "writes must be a kind of record, such as Example";
  return parallel === "record" || parallel === "whole" ? undefined : 'parallel must be "record" or "whole"';
}
