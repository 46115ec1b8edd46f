import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import type { StageLibrary } from "./engine/config/stage-module.js";
import type { EngineOptions } from "./engine/config/options.js";
import type { Providers } from "./engine/plan/providers.js";
import { fetchModel, modelCan, modelLacks, resolveModel } from "./models/backends.js";
import type { ResolvedModel } from "./models/resolved.js";
import { createModels as createModelsOfFiles } from "./models/service.js";
import { openCacheDir } from "./system/cache-dir.js";
import { compiledModule } from "./system/paths.js";
import { parseByteSize } from "./system/byte-size.js";
import { PipelineError } from "./system/errors.js";
import { loadPrompt } from "./contract/prompt-file.js";
import type { ServiceContext } from "./contract/service.js";
import { ggufMakers } from "./gguf-makers.js";
import { services } from "./services.js";
import { hasEnvironment } from "../finetuning/environment.js";
import { trainers } from "../finetuning/trainers.js";
import { resolveSource } from "./sources/resolve.js";
import { stages } from "../stages/index.js";

/** The services that ship, put together. */
export const providers: Providers<ResolvedModel> = {
  resolveSource,
  modelCan,
  modelLacks,
  resolveModel,
  fetchModel,
  loadPrompt,
  services,
};

/**
 * Models as pipelines name them: one that is a folder in the form of transformers, or is wanted in another number
 * format, is converted when it is first asked.
 */
export function createModels(
  context: ServiceContext,
  options: Omit<Parameters<typeof createModelsOfFiles>[1], "makers">,
): ReturnType<typeof createModelsOfFiles> {
  return createModelsOfFiles(context, { ...options, makers: ggufMakers });
}

/** What trains students, and whether the packages of the one that ships are in a cache already. */
export const training = { trainers, hasPackages: hasEnvironment };

/** The stages that ship, and the module that a worker loads them from: always the compiled one. */
export const stageLibrary: StageLibrary = {
  url: pathToFileURL(compiledModule("stages/index.js")).href,
  stages,
  base: "generate",
};

/**
 * Engine options with what a user does not say filled in. Throws a PipelineError: `disk` where the cache folder cannot
 * be made, `usage` where a variable of the environment says nothing that can be understood.
 */
export function engineOptions(options: Partial<EngineOptions> = {}): EngineOptions {
  const keepBytes = keptByEnvironment(process.env["PIPELINE_KEEP"]);
  return {
    cwd: process.cwd(),
    workers: availableParallelism(),
    sandbox: "auto",
    update: false,
    ...(keepBytes !== undefined && { keepBytes }),
    ...options,
    cacheDir: openCacheDir(options.cacheDir),
  };
}

/** PIPELINE_KEEP: how much of step results is kept. */
function keptByEnvironment(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const bytes = parseByteSize(text);
  if (bytes !== null) return bytes;
  throw new PipelineError(`PIPELINE_KEEP is "${text}": expected a size, such as 10GB or 500MB`, { code: "usage" });
}
