import { z } from "zod";
import { EndpointSpec } from "../../contract/endpoint-spec.js";
import { reasoningLevels } from "../../contract/chat-formats.js";
import { modelTypes } from "../../contract/finetuning.js";
import { cacheTypes, promptForms } from "../../contract/model-spec.js";
import type { Stage } from "../../contract/stage.js";
import { strayPath } from "../../system/files/relative-path.js";
import { FamiliarKeys } from "./familiar-keys.js";
import { ParametersSchema } from "./parameters/schema.js";
import { BudgetKey, RetriesKey } from "./steering-keys.js";

const Steps = z.union([z.string(), z.array(z.string()).min(1)]);

/** No name that begins with a point: those are the engine's own. */
const OutputFolder = z
  .string()
  .refine(
    (path) => strayPath(path) === null && !path.startsWith("."),
    "expected a folder below the outputs, such as harmony or train/harmony",
  );

/** An entry of `steps:`, whatever its stage: what stands under `with` is checked by the stage's own options. */
export const StepSchema = z.strictObject({
  stage: z.string().min(1).describe("Name of a stage, or the path of a file with a stage of your own"),
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/iu, "expected letters, digits, - and _")
    .optional()
    .describe("Name of the step; the stage's name unless told"),
  from: z
    .union([Steps, z.record(z.string(), Steps)])
    .optional()
    .describe(
      "Steps to read from: one, a list that is joined, or a mapping from inputs to these; the step before unless told",
    ),
  with: z.record(z.string(), z.unknown()).optional().describe("Options of the stage"),
  output: OutputFolder.optional().describe(
    "Folder below the pipeline's outputs where the step's files go; the outputs themselves unless told",
  ),
  retries: RetriesKey,
  budget: BudgetKey,
});
/** A step as the file has it. */
export type RawStep = z.infer<typeof StepSchema>;

const Place = z.string().min(1);

/**
 * An entry of `models:`. One that is written as a text is its source alone, and made into a mapping before it is
 * checked.
 */
export const ModelSchema = z
  .strictObject({
    source: z
      .union([Place, z.array(Place).min(1)])
      .describe(
        "A short name (pipeline models list), pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf, file:PATH, " +
          "ollama:NAME:TAG, lmstudio:PUBLISHER/REPO/FILE.gguf, step:ID of a step that makes a GGUF file, " +
          "scripted:PATH, or http://HOST:PORT/v1#MODEL of a server; or a list of places of one file, asked in turn: " +
          "pypi:NAME-part{1..9}@VERSION names one in parts",
      ),
    name: z
      .string()
      .min(1)
      .optional()
      .describe("What it is called on screens and in cards; its short name unless told"),
    contextTokens: z.int().min(64).optional().describe("Tokens of context; the model's own, at most 4096, unless told"),
    batchTokens: z
      .int()
      .min(1)
      .optional()
      .describe(
        "Most tokens of a prompt that are evaluated at once; 512 unless told. Can change answers in the last digits",
      ),
    embeds: z.boolean().optional().describe("Whether it was made to embed texts, and writes none; false unless told"),
    cacheType: z
      .enum(cacheTypes)
      .optional()
      .describe("Number format of the KV cache: q8_0 takes half of the memory of f16, q4_0 a quarter; f16 unless told"),
    flashAttention: z.boolean().optional().describe("Attention without its whole matrix; true unless told"),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/u, "expected 64 hexadecimal digits")
      .optional()
      .describe("SHA-256 that the model file must have; by it a model of several places is known"),
    bytes: z.int().min(1).optional().describe("Size of the model file: said before it is fetched"),
    licence: z.string().min(1).optional().describe("SPDX expression of its licence, where the file itself names none"),
    chatTemplate: z
      .string()
      .optional()
      .describe(
        "chatml, harmony, qwen3, llama3, mistral, gemma, or a whole Jinja template; the model's own unless told",
      ),
    reasoning: z
      .enum(reasoningLevels)
      .optional()
      .describe(
        "How long the model is told to think, where its chat format says it (harmony, or a template with " +
          "reasoning_effort); medium unless told",
      ),
    date: z.iso
      .date()
      .optional()
      .describe("The current date that its chat format tells, YYYY-MM-DD; never that of the clock"),
    adapter: z
      .string()
      .min(1)
      .optional()
      .describe("A LoRA adapter in GGUF that the weights are used with; named as a source is"),
    quantization: z
      .enum(modelTypes)
      .optional()
      .describe(
        "Number format that the weights are made into before they are loaded, once, in the cache; the file's own " +
          "unless told",
      ),
    prompt: z
      .string()
      .min(1)
      .optional()
      .describe("The prompt file that it is asked by where a step names none, relative to this file"),
    form: z
      .enum(promptForms)
      .optional()
      .describe(
        "The form in which it is asked where a step names none: chat messages, or a text of examples that it goes on " +
          "with",
      ),
    fallback: z
      .string()
      .min(1)
      .optional()
      .describe("Who is asked in its place where no place of it answers: a name under models:, or a short name"),
    endpoint: EndpointSpec.optional().describe("How it is asked, where a server answers for it (http://...)"),
    about: z.string().min(1).optional().describe("What it is good for, in a few words"),
  })
  .refine(
    ({ source, sha256 }) => sha256 !== undefined || (typeof source === "string" && !/^pypi:[^@]*\{/u.test(source)),
    {
      path: ["sha256"],
      error: "the SHA-256 of the whole file, since it has several places or parts",
    },
  );

/** What a model may be called, under `models:` and in the catalogue. */
export const modelName = z.string().min(1);

/** A pipeline file; its steps are checked one by one, each with its stage. */
export const PipelineSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/iu, "expected letters, digits, ., - and _")
    .describe("Name of the pipeline, and of its folder below data/"),
  seed: z.int().min(0).default(0).describe("Decides everything that is drawn by chance"),
  determinism: z
    .enum(["strict", "fast"])
    .default("strict")
    .describe("strict: what a model writes does not depend on what else it is asked; fast: requests may share a batch"),
  retries: RetriesKey,
  budget: BudgetKey,
  models: z.record(modelName, ModelSchema).default({}).describe("Models by the name that options use"),
  parameters: ParametersSchema.default({}).describe(
    "What can be set by a name of its own, on the command line as --NAME VALUE, and which options of which steps " +
      "that is",
  ),
  steps: z.array(z.unknown()).min(1).describe("The steps, each reading from steps before it"),
  ...FamiliarKeys,
});

/** `limit` belongs to the engine, whatever the stage. */
export const Limit = z
  .int()
  .min(1)
  .describe("Take only this many inputs: those smallest by hash(seed, id), so that a larger limit only adds");

/**
 * JSON Schema of pipeline files, for editors: with the options of each of these stages, and the short names of models.
 */
export function pipelineJsonSchema(stages: readonly Stage[], shortNames: readonly string[]): object {
  const { $schema, properties = {}, ...pipeline } = jsonSchema(PipelineSchema);
  const { $schema: _, ...step } = jsonSchema(StepSchema);
  const ofStage = (stage: Stage) => ({
    ...step,
    description: stage.summary,
    properties: {
      ...step.properties,
      stage: { const: stage.name, description: stage.summary },
      with: optionsOf(stage),
    },
    required: ["stage", ...(optionsOf(stage).required === undefined ? [] : ["with"])],
  });
  const models = { ...(properties["models"] as object), additionalProperties: modelJsonSchema(shortNames) };
  const own = {
    ...step,
    properties: {
      ...step.properties,
      stage: { type: "string", pattern: "[./@]", description: "Path or package of a stage of your own" },
    },
  };
  return {
    $schema,
    title: "Pipeline",
    ...pipeline,
    properties: {
      ...properties,
      models,
      steps: { ...(properties["steps"] as object), items: { anyOf: [...stages.map(ofStage), own] } },
    },
  };
}

/** A model by its short name, by a place, or as a mapping with one of these as its source. */
function modelJsonSchema(shortNames: readonly string[]): JsonSchema {
  const source = {
    anyOf: [
      { enum: shortNames, description: "A short name" },
      { type: "string", pattern: "^[a-z]+:", description: "A place" },
    ],
  };
  const { $schema: _, ...mapping } = jsonSchema(ModelSchema);
  const places = { type: "array", minItems: 1, items: { type: "string", pattern: "^[a-z]+:" } };
  const written = mapping.properties?.["source"] as { readonly description?: string };
  return {
    anyOf: [
      source,
      {
        ...mapping,
        properties: {
          ...mapping.properties,
          source: { description: written.description, anyOf: [...source.anyOf, places] },
        },
      },
    ],
  };
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
