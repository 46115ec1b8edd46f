import { capabilities, type Capability } from "../contract/capabilities.js";
import type { Model } from "../contract/model.js";
import type { AskedBy } from "../contract/service.js";
import { PipelineError } from "../system/errors.js";

type Everything = Model<Capability>;

/**
 * A model with what a stage's options ask of it. What they do not, the stage is not given, whether the model can do it
 * or not: a pipeline file with another model would stop in the middle of a run. Types say so where a stage has them;
 * this is for those that have none.
 */
export function narrowed(model: Everything, { stage, models }: AskedBy): Everything {
  const asked = models[model.ref] ?? [];
  const lacking = (Object.keys(capabilities) as Capability[]).filter((capability) => !asked.includes(capability));
  const refused = lacking.flatMap((capability) =>
    capabilities[capability].map((method) => [
      method,
      async () => {
        throw notAsked(`uses ${method} of the model "${model.ref}"`, capability, stage);
      },
    ]),
  );
  return {
    ...model,
    ...(Object.fromEntries(refused) as Partial<Everything>),
    async generate(request, options) {
      if (request.grammar !== undefined && !asked.includes("grammar"))
        throw notAsked(`holds the model "${model.ref}" to a grammar`, "grammar", stage);
      if (request.schema !== undefined && !asked.includes("schema"))
        throw notAsked(`holds the model "${model.ref}" to a JSON schema`, "schema", stage);
      return await model.generate(request, options);
    },
  };
}

function notAsked(what: string, capability: Capability, stage: string): PipelineError {
  return new PipelineError(`stage "${stage}" ${what}, and its options do not ask for that`, {
    code: "stage",
    hint: `ask for it where the stage declares the option: modelRef({ can: ["${capability}"] })`,
  });
}
