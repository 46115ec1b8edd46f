import type { z } from "zod";
import {
  type AskedOfModel,
  askedOfModel,
  heldSchema,
  askedPrompt,
  ownPlace,
  ownSource,
  promptOfModels,
  type ReferenceType,
  referenceType,
} from "../../contract/reference.js";
import type { Capability } from "../../contract/capabilities.js";
import type { PromptType } from "../../contract/prompt-type.js";

/** An option that names something outside the pipeline file. */
export interface FoundReference {
  /** Inside `with`: ["sources", 0]. */
  readonly path: readonly (string | number)[];
  readonly type: ReferenceType;
  readonly value: string;
  /** The model whose entry may name the prompt file, for which `value` stands otherwise. */
  readonly model?: string;
  /** What the file holds, where the type is yaml. */
  readonly schema?: z.ZodType;
  /** What the stage asks with from the file, where the type is prompt. */
  readonly prompt?: PromptType;
  /** What is asked of it beside writing, where the type is model. */
  readonly asks?: AskedOfModel;
}

/** Finds the references in a stage's options by walking its schema beside the parsed values. */
export function findReferences(schema: z.ZodType, options: unknown): FoundReference[] {
  return walk(schema, options, []);
}

/** What references ask of the models that they name, by the names: always, or where other options want it. */
export function modelAsks(references: readonly FoundReference[]): Record<string, readonly Capability[]> {
  const asked = new Map<string, Set<Capability>>();
  for (const { type, value, asks } of references) {
    if (type !== "model") continue;
    const all = asked.get(value) ?? new Set();
    for (const capability of [...(asks?.can ?? []), ...(asks?.may ?? [])]) all.add(capability);
    asked.set(value, all);
  }
  return Object.fromEntries([...asked].map(([name, all]) => [name, [...all]]));
}

/** @param beside the options among which the value stands */
function walk(
  schema: z.core.$ZodType,
  value: unknown,
  path: readonly (string | number)[],
  beside: Readonly<Record<string, unknown>> = {},
): FoundReference[] {
  if (value === undefined || value === null) return [];
  const type = referenceType(schema);
  if (type !== undefined) {
    const [held, asks] = [heldSchema(schema), askedOfModel(schema)];
    return typeof value === "string"
      ? [
          {
            path,
            type,
            value: namedBy(schema, value, beside),
            ...(held && { schema: held }),
            ...(type === "prompt" && { prompt: askedPrompt(schema) }),
            ...(asks && { asks }),
          },
        ]
      : [];
  }

  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "object":
      return Object.entries(def.shape).flatMap(([key, inner]) => {
        const options = value as Record<string, unknown>;
        return options[key] === undefined
          ? leftToModels(inner, options, [...path, key])
          : walk(inner, options[key], [...path, key], options);
      });
    case "record":
      return Object.entries(value).flatMap(([key, item]) => walk(def.valueType, item, [...path, key], beside));
    case "array":
      return (value as unknown[]).flatMap((item, index) => walk(def.element, item, [...path, index], beside));
    case "tuple":
      return (value as unknown[]).flatMap((item, index) => {
        const inner = def.items[index] ?? def.rest;
        return inner === null ? [] : walk(inner, item, [...path, index], beside);
      });
    case "union":
      return def.options.flatMap((option) => (accepts(option, value) ? walk(option, value, path, beside) : []));
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return walk(def.innerType, value, path, beside);
    case "pipe":
      return walk(def.in, value, path, beside);
    default:
      return [];
  }
}

/** What a value names: the value itself, or the source that is meant by a path of the user's own. */
function namedBy(schema: z.core.$ZodType, value: string, beside: Readonly<Record<string, unknown>>): string {
  const place = ownPlace(schema);
  if (place === undefined) return value;
  const root = place.below === null ? undefined : beside[place.below];
  return ownSource(place.type, value, typeof root === "string" ? root : undefined);
}

/** The prompts of an option that is left out, one for each model that another option names. */
function leftToModels(
  schema: z.core.$ZodType,
  options: Readonly<Record<string, unknown>>,
  path: FoundReference["path"],
): FoundReference[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const left = def.type === "optional" ? promptOfModels(def.innerType) : undefined;
  if (def.type !== "optional" || left === undefined) return [];
  const prompt = askedPrompt(def.innerType);
  const models = [options[left.option]].flat().filter((model) => typeof model === "string");
  return models.map((model) => ({ path: [...path, model], type: "prompt", value: left.otherwise, model, prompt }));
}

function accepts(schema: z.core.$ZodType, value: unknown): boolean {
  return (schema as z.ZodType).safeParse(value).success;
}
