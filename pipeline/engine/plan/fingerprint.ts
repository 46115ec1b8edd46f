import type { Code, CodeReader } from "../../system/code/code.js";
import type { Facts } from "../../contract/stage.js";
import { servicesNeeded } from "../../partition/needed.js";
import type { PlannedModel } from "../../contract/service.js";
import { factsOf } from "./facts.js";
import { stageCode } from "./module-hash.js";
import type { Pipeline, Step } from "../config/pipeline.js";
import type { Session } from "./session.js";

/** What a step does with its inputs and options: its code, and what it asks for in `needs`. */
export interface NeededParts extends Partial<Facts> {
  /** Of the stage with all that it imports, and of the services that it asks. */
  readonly code: Code;
  /** What else decides the answers of services, by their names. */
  readonly services: Readonly<Record<string, unknown>>;
}

/** The parts of a step's fingerprint that follow from its stage, and from what the stage asks for. */
export async function neededParts(
  { stage: { needs = [] }, module }: Pick<Step, "stage" | "module">,
  {
    pipeline,
    models,
    session,
    reader,
  }: {
    readonly pipeline: Pipeline;
    /** The models that the step's options name. */
    readonly models: ReadonlyMap<string, PlannedModel>;
    readonly session: Session;
    readonly reader: CodeReader;
  },
): Promise<NeededParts> {
  const asked = servicesNeeded(needs).map((need) => session.services.find(need));
  return {
    code: stageCode(
      module,
      asked.flatMap(({ modules = [] }) => modules),
      reader,
    ),
    services: Object.fromEntries(
      await Promise.all(
        asked.map(async (definition) => [definition.name, await session.services.fingerprint(definition, models)]),
      ),
    ) as NeededParts["services"],
    ...factsOf(needs, pipeline),
  };
}
