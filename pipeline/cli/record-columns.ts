import { z } from "zod";
import { evidenceOf } from "../contract/evidence.js";
import { Artifact } from "../contract/records.js";
import { loadStages } from "../contract/stage.js";
import { stageLibrary } from "../toolkit.js";

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** A query that answers no row, with the columns that records of a kind have. */
export async function noRecords(kind: string): Promise<string> {
  return noRows(Object.entries(await propertiesOf(kind)).map(([name, property]) => [name, typeOf(property)]));
}

/** What records of a kind hold; of one that a stage of the user's own brings, what all records have. */
async function propertiesOf(kind: string): Promise<Readonly<Record<string, JsonSchema>>> {
  const stages = await loadStages(stageLibrary.stages);
  const found = stages.map(({ writes }) => writes).find(({ name }) => name === kind);
  if (found === undefined) {
    const { id, source, from } = schemaOf(Artifact.schema).properties ?? {};
    return Object.fromEntries(Object.entries({ kind: { type: "string" }, id, source, from }).filter(isThere));
  }
  const { properties = {} } = schemaOf(found.schema);
  return found.hasEvidence
    ? { ...properties, evidence: { anyOf: [...evidenceOf(stages).values()].map(({ schema }) => schemaOf(schema)) } }
    : properties;
}

function isThere(entry: [string, JsonSchema | undefined]): entry is [string, JsonSchema] {
  return entry[1] !== undefined;
}

function schemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { unrepresentable: "any" }) as JsonSchema;
}

/** A query that answers no row, with columns of these names and DuckDB types. */
export function noRows(columns: readonly (readonly [name: string, type: string])[]): string {
  return `select ${columns.map(([name, type]) => `null::${type} as ${quoted(name)}`).join(", ")} where false`;
}

/** DuckDB's type for what a schema describes; JSON where it may be of several. */
function typeOf(schema: JsonSchema): string {
  const alternatives = (schema.anyOf ?? schema.oneOf ?? [schema]).filter(({ type }) => type !== "null");
  const types = new Set(alternatives.map(({ type }) => type));
  const [only] = types;
  if (types.size !== 1) return "JSON";
  if (only === "array")
    return alternatives.length === 1 && alternatives[0]?.items !== undefined
      ? `${typeOf(alternatives[0].items)}[]`
      : "JSON[]";
  if (only === "object") return structOf(alternatives);
  return simple[only ?? ""] ?? "JSON";
}

/** One struct for all forms of an object: each field is as the first form with it has it. */
function structOf(forms: readonly JsonSchema[]): string {
  const fields = new Map<string, string>();
  for (const { properties = {} } of forms) {
    for (const [name, property] of Object.entries(properties))
      if (!fields.has(name)) fields.set(name, typeOf(property));
  }
  return fields.size === 0
    ? "JSON"
    : `struct(${[...fields].map(([name, type]) => `${quoted(name)} ${type}`).join(", ")})`;
}

const simple: Readonly<Record<string, string>> = {
  string: "varchar",
  integer: "bigint",
  number: "double",
  boolean: "boolean",
};

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
