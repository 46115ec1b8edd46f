import { type Capability, capabilityWords } from "../../contract/capabilities.js";
import type { ModelSpec } from "../../contract/model-spec.js";
import { type Location, PipelineError } from "../../system/errors.js";
import type { Pipeline } from "../config/pipeline.js";
import type { Providers } from "./providers.js";

/** An option, or a place in a file that an option names, that asks for a model. */
export interface Asking {
  /** Id of the step. */
  readonly step: string;
  /** Dotted path of the option, or in the file. */
  readonly option: string;
  /** The model as it is named there. */
  readonly ref: string;
  readonly can: readonly Capability[];
  readonly location: Location;
  /** What wants it, where the option does not always ask for it: "its prompt has a grammar". */
  readonly why?: string;
}

/**
 * Refuses a model that cannot do what is asked of it: before anything of it is looked up or fetched.
 *
 * @param spec the model that is asked: the one that is named, or what stands in for it
 */
export function requireCapabilities(
  { step, option, ref, can, location, why }: Asking,
  spec: ModelSpec,
  { models, catalogue }: Pick<Pipeline, "models" | "catalogue">,
  { modelCan }: Pick<Providers, "modelCan">,
): void {
  const canAll = (other: ModelSpec) => lackingOf(other).length === 0;
  const lackingOf = (other: ModelSpec) => can.filter((capability) => !modelCan(other).includes(capability));
  const lacking = lackingOf(spec);
  if (lacking.length === 0) return;
  const namesOf = (known: Readonly<Record<string, ModelSpec>>) =>
    Object.keys(known).filter((name) => known[name] !== undefined && canAll(known[name]));
  const [own, short] = [namesOf(models), namesOf(catalogue)];
  throw new PipelineError(
    `the model "${ref}" cannot ${lacking.map((capability) => capabilityWords[capability]).join(", nor ")}, ` +
      `as "${option}" of step "${step}" asks${why === undefined ? "" : `: ${why}`}`,
    {
      code: "config",
      locations: [location],
      hint:
        own.length > 0
          ? `of the models of this file, ${own.join(", ")} can`
          : `no model of this file can; of those with a short name, ${short.join(", ")} can`,
    },
  );
}
