import type { ModelSpec } from "../contract/model-spec.js";
import { type Catalogue, readCatalogue } from "../engine/config/catalogue.js";
import { readPipeline } from "./planning.js";

/** The models that a command line may name: those of a pipeline file where one is named, and short names. */
export async function namedModels(
  pipeline: string | undefined,
): Promise<{ readonly models: Readonly<Record<string, ModelSpec>>; readonly catalogue: Catalogue }> {
  const cwd = process.cwd();
  if (pipeline !== undefined) return await readPipeline(pipeline, { set: [] });
  return { models: {}, catalogue: await readCatalogue(cwd, cwd) };
}
