import { type Keywords, type SchemaType, typesAskedFor, typesOfValue } from "./keywords.js";
import type { Refuse } from "./schema-fault.js";

interface Reading {
  /** The schema that a reference names. */
  readonly find: (reference: string) => unknown;
  readonly read: (schema: unknown) => Keywords;
  readonly refuse: Refuse;
}

/**
 * Refuses alternatives of which exactly one is to hold, where two may: they have to differ in their types, or in the
 * values of a field that both have.
 */
export function requireApart(alternatives: readonly unknown[], reading: Reading): void {
  const told = alternatives.map((each) => tell(each, reading));
  for (const [index, one] of told.entries()) {
    const place = told.slice(0, index).findIndex((other) => !areApart(one, other));
    if (place !== -1) reading.refuse("oneOf", `alternatives ${place + 1} and ${index + 1} may both hold; write anyOf`);
  }
}

/** What can be told of the values that a schema allows. */
interface Told {
  /** null: any. */
  readonly types: readonly SchemaType[] | null;
  /** All values of fields that are there, as JSON, by name; of the whole under "". */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

function tell(schema: unknown, { find, read }: Reading): Told {
  let found = schema;
  for (let steps = 0; isReference(found) && steps < 32; steps += 1) found = find(found.$ref);
  if (typeof found !== "object" || isReference(found)) return { types: null, values: new Map() };
  const keywords = read(found);
  const own = valuesOf(keywords);
  const asked = own?.flatMap((value) => [...typesOfValue(value)]) ?? [keywords.type ?? typesAskedFor(keywords)].flat();
  const fields = (keywords.required ?? []).flatMap((name): [string, readonly unknown[]][] => {
    const field = keywords.properties?.[name];
    const values = typeof field === "object" ? valuesOf(read(field)) : undefined;
    return values === undefined ? [] : [[name, values]];
  });
  const all = [...fields, ...(own === undefined ? [] : [["", own] as const])];
  return {
    types: asked.length === 0 ? null : asked,
    values: new Map(all.map(([name, values]) => [name, values.map((value) => JSON.stringify(value))])),
  };
}

function areApart(one: Told, other: Told): boolean {
  if (one.types !== null && other.types !== null) {
    const types = new Set(other.types.map(withoutWholeness));
    if (!one.types.some((type) => types.has(withoutWholeness(type)))) return true;
  }
  return [...one.values].some(([name, values]) => {
    const others = other.values.get(name);
    return others !== undefined && !values.some((value) => others.includes(value));
  });
}

/** A whole number is a number, too. */
function withoutWholeness(type: SchemaType): SchemaType {
  return type === "integer" ? "number" : type;
}

function valuesOf({ enum: values, const: only }: Keywords): readonly unknown[] | undefined {
  return values ?? (only === undefined ? undefined : [only]);
}

function isReference(schema: unknown): schema is { readonly $ref: string } {
  return typeof schema === "object" && schema !== null && "$ref" in schema && typeof schema.$ref === "string";
}
