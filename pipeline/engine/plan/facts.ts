import type { FactName, Facts, Need } from "../../contract/stage.js";
import type { Pipeline } from "../config/pipeline.js";
import { describePipeline } from "./describe.js";

/** What a stage may ask to be told of its run. */
const all: { readonly [N in FactName]: (pipeline: Pipeline) => Facts[N] } = {
  pipeline: (pipeline) => ({ name: pipeline.name, seed: pipeline.seed, text: describePipeline(pipeline) }),
  pipelineName: ({ name }) => name,
};

/** The facts that a stage asks for, and no others. */
export function factsOf(needs: readonly Need[], pipeline: Pipeline): Partial<Facts> {
  return Object.fromEntries(needs.filter(isFact).map((name) => [name, all[name](pipeline)]));
}

function isFact(need: Need): need is FactName {
  return typeof need === "string" && Object.hasOwn(all, need);
}
