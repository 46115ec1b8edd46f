import { z } from "zod";
import type { Stage } from "../../contract/stage.js";
import type { FoundStage } from "./stage-module.js";
import { PipelineSchema, StepSchema } from "./schema.js";

/** Says where a key belongs that stands where nothing takes it; undefined where nothing else takes it either. */
export type Elsewhere = (key: string, value: unknown) => string | undefined;

/** Options that belong to the engine, whatever the stage; they stand under `with`, beside the stage's own. */
export const engineOptions = ["limit"];

const stepKeys = new Set(Object.keys(StepSchema.shape));
/** What describes a pipeline as a whole. */
const topKeys = new Set(
  ["name", "seed", "determinism", "models", "parameters", "steps"].filter((key) => key in PipelineSchema.shape),
);

/** Of a key at the top of a file. */
export function elsewhereThanTop(stages: readonly (FoundStage | undefined)[]): Elsewhere {
  return (key, value) => {
    if (engineOptions.includes(key)) return `"${key}" is an option of a step: write it there, ${underWith(key, value)}`;
    if (stepKeys.has(key)) return `"${key}" is a key of a step: write it there, beside "stage"`;
    const takers = stages.flatMap((found) =>
      found !== undefined && optionsOf(found.stage).includes(key) ? [found.stage.name] : [],
    );
    return takers.length === 0
      ? undefined
      : `"${key}" is an option of the stage ${quoted(takers)}: write it in its step, ${underWith(key, value)}`;
  };
}

/** Of a key of a step, beside `with`. */
export function elsewhereThanStep(found: FoundStage | undefined): Elsewhere {
  return (key, value) => {
    if (engineOptions.includes(key)) return `"${key}" belongs ${underWith(key, value)}`;
    if (found !== undefined && optionsOf(found.stage).includes(key))
      return `"${key}" is an option of the stage "${found.stage.name}": it belongs ${underWith(key, value)}`;
    return ofTop(key);
  };
}

/** Of an option of a step, under `with`. */
export function elsewhereThanWith({ options }: Stage): Elsewhere {
  return (key) => {
    if (stepKeys.has(key)) return `"${key}" is a key of the step: it belongs beside "with", not under it`;
    const inner = propertiesOf(options)
      .filter(({ keys }) => keys.includes(key))
      .map(({ name }) => name);
    return inner.length === 0 ? ofTop(key) : `"${key}" belongs under ${quoted(inner)}`;
  };
}

function ofTop(key: string): string | undefined {
  return topKeys.has(key) ? `"${key}" is a key of the whole pipeline: it belongs at the top of the file` : undefined;
}

function underWith(key: string, value: unknown): string {
  const isPlain =
    typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && /^\w+$/u.test(value));
  return `under "with":  with: { ${key}: ${isPlain ? String(value) : "..."} }`;
}

function quoted(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `"${name}"`).join(" or ");
}

function optionsOf({ options }: Stage): string[] {
  return propertiesOf(options).map(({ name }) => name);
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** The options of a stage, with the keys of those that are mappings. */
function propertiesOf(options: z.ZodType): { readonly name: string; readonly keys: readonly string[] }[] {
  const { properties = {} } = z.toJSONSchema(options, { io: "input", unrepresentable: "any" }) as JsonSchema;
  return Object.entries(properties).map(([name, { properties: inner = {} }]) => ({ name, keys: Object.keys(inner) }));
}
