import { type Capability, capabilityHints, capabilityWords } from "../../contract/capabilities.js";
import type { ModelSpec } from "../../contract/model-spec.js";
import { type Location, PipelineError } from "../../system/errors.js";
import type { Pipeline } from "../config/pipeline.js";
import type { PlannedModel } from "../../contract/service.js";
import type { Providers } from "./providers.js";
import type { Session } from "./session.js";
import { isStepModel } from "./step-models.js";

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
  asking: Asking,
  spec: ModelSpec,
  { models, catalogue }: Pick<Pipeline, "models" | "catalogue">,
  { modelCan }: Pick<Providers, "modelCan">,
): void {
  const { can } = asking;
  const canAll = (other: ModelSpec) => lackingOf(other).length === 0;
  const lackingOf = (other: ModelSpec) => can.filter((capability) => !modelCan(other).includes(capability));
  const lacking = lackingOf(spec);
  if (lacking.length === 0) return;
  const namesOf = (known: Readonly<Record<string, ModelSpec>>) =>
    Object.keys(known).filter((name) => known[name] !== undefined && canAll(known[name]));
  const [own, short] = [namesOf(models), namesOf(catalogue)];
  throw cannot(
    asking,
    lacking,
    own.length > 0
      ? `of the models of this file, ${own.join(", ")} can`
      : `no model of this file can; of those with a short name, ${short.join(", ")} can`,
  );
}

/** Refuses a model whose own file, where it is here, says that it cannot do what is asked of it. */
export async function requireOfFile(
  asking: Asking,
  model: PlannedModel,
  { providers, context }: Pick<Session, "providers" | "context">,
): Promise<void> {
  // Of one that a step makes, there is no file yet.
  const lacking = isStepModel(model) ? [] : await providers.modelLacks(model, asking.can, context);
  const hints = Object.entries(capabilityHints).filter(([capability]) => lacking.includes(capability as Capability));
  if (lacking.length > 0) throw cannot(asking, lacking, hints.map(([, hint]) => hint).join("; "));
}

function cannot(
  { step, option, ref, location, why }: Asking,
  lacking: readonly Capability[],
  hint: string,
): PipelineError {
  return new PipelineError(
    `the model "${ref}" cannot ${lacking.map((capability) => capabilityWords[capability]).join(", nor ")}, ` +
      `as "${option}" of step "${step}" asks${why === undefined ? "" : `: ${why}`}`,
    { code: "config", locations: [location], hint },
  );
}
