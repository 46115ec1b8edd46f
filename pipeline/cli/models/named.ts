import type { ModelSpec } from "../../contract/model-spec.js";
import { modelOf } from "../../engine/config/catalogue.js";
import { namedModels } from "../named-models.js";

/** Options of every command about one model. */
export interface NamingOptions {
  readonly pipeline?: string;
  readonly json?: boolean;
}

/** The model that a command line names: by a name of the pipeline, a short name, or a source. */
export async function specNamed(source: string, { pipeline }: NamingOptions): Promise<ModelSpec> {
  return modelOf(source, await namedModels(pipeline));
}
