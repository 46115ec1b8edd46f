import { z } from "zod";

const Count = z.int().min(0);
const types = ["string", "number", "integer", "boolean", "null", "array", "object"] as const;
/** A type of JSON, as schemas name them. */
export type SchemaType = (typeof types)[number];

const inner = z.union([z.boolean(), z.record(z.string(), z.unknown())]);

/** The keywords of JSON Schema that answers are held to, and what each may say. */
export const Keywords = z.object({
  $ref: z.string().optional(),
  type: z
    .union([z.enum(types), z.array(z.enum(types)).min(1)], {
      error: `expected a type, or several: ${types.join(", ")}`,
    })
    .optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).min(1).optional(),
  anyOf: z.array(inner).min(1).optional(),
  oneOf: z.array(inner).min(1).optional(),
  allOf: z.array(inner).min(1).optional(),
  properties: z.record(z.string(), inner).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: inner.optional(),
  items: inner.optional(),
  prefixItems: z.array(inner).optional(),
  minItems: Count.optional(),
  maxItems: Count.optional(),
  minLength: Count.optional(),
  maxLength: Count.optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
});
export type Keywords = z.output<typeof Keywords>;

/** Keywords that say something of a schema, and ask for nothing. */
export const annotations: ReadonlySet<string> = new Set(
  (
    "$schema $id $comment $defs definitions title description default examples deprecated readOnly writeOnly " +
    "contentEncoding contentMediaType discriminator"
  ).split(" "),
);

/** What each type is held to: a keyword says nothing of values of another type. */
const keywordsOfType: Readonly<Record<SchemaType, readonly (keyof Keywords)[]>> = {
  string: ["minLength", "maxLength", "pattern", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  boolean: [],
  null: [],
  array: ["items", "prefixItems", "minItems", "maxItems"],
  object: ["properties", "required", "additionalProperties"],
};

/** The types that keywords without a `type` speak of. */
export function typesAskedFor(keywords: Keywords): SchemaType[] {
  return (["object", "array", "string", "number"] as const).filter((type) =>
    keywordsOfType[type].some((word) => keywords[word] !== undefined),
  );
}

/** The types of a value. */
export function typesOfValue(value: unknown): readonly SchemaType[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  if (typeof value === "number") return Number.isInteger(value) ? ["integer", "number"] : ["number"];
  return [typeof value as "string" | "boolean" | "object"];
}
