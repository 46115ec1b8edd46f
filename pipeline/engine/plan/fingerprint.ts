import type { Code, CodeReader } from "../../system/code/code.js";
import type { FineTuningIdentity } from "../../contract/finetuning.js";
import type { SandboxIdentity } from "../../contract/sandbox.js";
import type { Services } from "../../contract/stage.js";
import { describePipeline } from "./describe.js";
import { stageCode } from "./module-hash.js";
import type { Pipeline, Step } from "../config/pipeline.js";
import type { PlannedModel } from "./providers.js";
import type { Session } from "./session.js";

/** What a step does with its inputs and options: its code, and what it asks for in `needs`. */
export interface NeededParts {
  /** Of the stage with all that it imports, and of the services that it asks. */
  readonly code: Code;
  readonly sandbox: SandboxIdentity | null;
  readonly finetuning?: FineTuningIdentity;
  readonly model?: Readonly<Record<string, unknown>>;
  /** Text and all: only a stage that prints it depends on it. */
  readonly pipeline?: Pick<Services["pipeline"], "name" | "text">;
  readonly pipelineName?: string;
}

/** The parts of a step's fingerprint that follow from its stage, and from what the stage asks for. */
export async function neededParts(
  { stage, module }: Pick<Step, "stage" | "module">,
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
  const needs = new Set(stage.needs);
  const { providers } = session;
  const { name, determinism, threads } = pipeline;
  return {
    code: stageCode(
      module,
      [...needs].flatMap((need) => providers.serviceModules[need] ?? []),
      reader,
    ),
    sandbox: needs.has("sandbox") ? await session.sandbox.api.identity() : null,
    ...(needs.has("finetuning") && { finetuning: await session.finetuning.api.identity() }),
    ...(needs.has("model") && {
      model: providers.modelSettings(models, { determinism, ...(threads !== undefined && { threads }) }),
    }),
    ...(needs.has("pipeline") && { pipeline: { name, text: describePipeline(pipeline) } }),
    ...(needs.has("pipelineName") && { pipelineName: name }),
  };
}
