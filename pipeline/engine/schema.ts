import { z } from "zod";
import { reasoningLevels } from "../chat-formats.js";
import { modelTypes } from "../finetuning.js";
import type { Stage } from "../stage.js";
import { strayPath } from "../files/relative-path.js";
import { FamiliarKeys } from "./familiar-keys.js";

const Steps = z.union([z.string(), z.array(z.string()).min(1)]);

/** No name that begins with a point: those are the engine's own. */
const OutputFolder = z.string().refine((path) => strayPath(path) === null && !path.startsWith("."), "expected a folder below the outputs, such as harmony or train/harmony");

export const StepSchema = z.strictObject({
  stage: z.string().min(1).describe("Name of a stage, or the path of a file with a stage of your own"),
  id: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/iu, "expected letters, digits, - and _").optional().describe("Name of the step; the stage's name unless told"),
  from: z.union([Steps, z.record(z.string(), Steps)]).optional()
    .describe("Steps to read from: one, a list that is joined, or a mapping from inputs to these; the step before unless told"),
  with: z.record(z.string(), z.unknown()).optional().describe("Options of the stage"),
  output: OutputFolder.optional().describe("Folder below the pipeline's outputs where the step's files go; the outputs themselves unless told"),
});
export type RawStep = z.infer<typeof StepSchema>;

const ModelSchema = z.strictObject({
  source: z.string().min(1).describe("pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf, file:PATH, step:ID of a step that makes a GGUF file, or scripted:PATH"),
  contextTokens: z.int().min(64).optional().describe("Tokens of context; the model's own, at most 4096, unless told"),
  batchTokens: z.int().min(1).optional().describe("Most tokens of a prompt that are evaluated at once; 512 unless told. Can change answers in the last digits"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/u, "expected 64 hexadecimal digits").optional().describe("SHA-256 that the model file must have"),
  chatTemplate: z.string().optional().describe("chatml, harmony, qwen3, or a whole Jinja template; the model's own unless told"),
  reasoning: z.enum(reasoningLevels).optional().describe("How long the model is told to think, where its chat format says it (harmony, or a template with reasoning_effort); medium unless told"),
  date: z.iso.date().optional().describe("The current date that its chat format tells, YYYY-MM-DD; never that of the clock"),
  adapter: z.string().min(1).optional().describe("A LoRA adapter in GGUF that the weights are used with; named as a source is"),
  quantization: z.enum(modelTypes).optional().describe("Number format that the weights are made into before they are loaded, once, in the cache; the file's own unless told"),
});

/** A pipeline file; its steps are checked one by one, each with its stage. */
export const PipelineSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/iu, "expected letters, digits, ., - and _").describe("Name of the pipeline, and of its folder below data/"),
  seed: z.int().min(0).default(0).describe("Decides everything that is drawn by chance"),
  determinism: z.enum(["strict", "fast"]).default("strict").describe("strict: what a model writes does not depend on what else it is asked; fast: requests may share a batch"),
  models: z.record(z.string(), ModelSchema).default({}).describe("Models by the name that options use"),
  steps: z.array(z.unknown()).min(1).describe("The steps, each reading from steps before it"),
  ...FamiliarKeys,
});

/** `limit` belongs to the engine, whatever the stage. */
export const Limit = z.int().min(1).describe("Take only this many inputs: those smallest by hash(seed, id), so that a larger limit only adds");

/** JSON Schema of pipeline files, for editors: with the options of each of these stages. */
export function pipelineJsonSchema(stages: readonly Stage[]): object {
  const { $schema, properties = {}, ...pipeline } = jsonSchema(PipelineSchema);
  const { $schema: _, ...step } = jsonSchema(StepSchema);
  const ofStage = (stage: Stage) => ({
    ...step,
    description: stage.summary,
    properties: { ...step.properties, stage: { const: stage.name, description: stage.summary }, with: optionsOf(stage) },
    required: ["stage", ...(optionsOf(stage).required === undefined ? [] : ["with"])],
  });
  const own = { ...step, properties: { ...step.properties, stage: { type: "string", pattern: "[./@]", description: "Path or package of a stage of your own" } } };
  return { $schema, title: "Pipeline", ...pipeline, properties: { ...properties, steps: { ...properties["steps"] as object, items: { anyOf: [...stages.map(ofStage), own] } } } };
}

interface JsonSchema {
  readonly $schema?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly [key: string]: unknown;
}

function optionsOf(stage: Stage): JsonSchema {
  const { $schema: _, ...schema } = jsonSchema(stage.options);
  return { ...schema, properties: { ...schema.properties, limit: jsonSchema(Limit) } };
}

/** What a user may write: before defaults are filled in. */
function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
}
