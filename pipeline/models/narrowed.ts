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
      for (const [field, does] of Object.entries(fields) as [keyof typeof fields, string][])
        if (request[field] !== undefined && !asked.includes(field))
          throw notAsked(does.replace("MODEL", model.ref), field, stage);
      return await model.generate(request, options);
    },
  };
}

/** Fields of a request that a model is asked for with. */
const fields = {
  grammar: 'holds the model "MODEL" to a grammar',
  schema: 'holds the model "MODEL" to a JSON schema',
  logprobs: 'asks the model "MODEL" how likely its tokens are',
} as const;

function notAsked(what: string, capability: Capability, stage: string): PipelineError {
  return new PipelineError(`stage "${stage}" ${what}, and its options do not ask for that`, {
    code: "stage",
    hint: `ask for it where the stage declares the option: modelRef({ can: ["${capability}"] })`,
  });
}
