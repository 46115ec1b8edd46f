import { z } from "zod";
import { isBasePath, type ReferenceType, referenceType } from "../../../contract/reference.js";

/** What can be written for an option. */
export interface OptionType {
  /** `value`: of no one kind; it is written in YAML. */
  readonly kind: "text" | "integer" | "number" | "boolean" | "choice" | "value";
  readonly isList: boolean;
  /** Of a number: the least that it may be; null where it may be any. */
  readonly minimum: number | null;
  /** Of a choice. */
  readonly choices: readonly string[];
  /** Of a text that names something outside the file. */
  readonly reference: ReferenceType | null;
  /** Whether a text is a folder from which other options go on. */
  readonly isBasePath: boolean;
}

/** The type of the option at a path of a schema; the keys that there are instead, where it has none there. */
export function optionType(
  schema: z.core.$ZodType,
  path: readonly string[],
): OptionType | { readonly known: readonly string[]; readonly unknown: string } {
  let found = unwrap(schema);
  for (const key of path) {
    const { def } = (found as z.core.$ZodTypes)._zod;
    const inner = def.type === "object" ? def.shape[key] : def.type === "record" ? def.valueType : undefined;
    if (inner === undefined) return { known: def.type === "object" ? Object.keys(def.shape) : [], unknown: key };
    found = unwrap(inner);
  }
  return typeOf(found);
}

function typeOf(schema: z.core.$ZodType): OptionType {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  // One of something, or a list of it: it is written as one.
  if (def.type === "union") {
    const types = def.options.map((option) => typeOf(unwrap(option)));
    return types.find(({ kind, isList }) => kind !== "value" && !isList) ?? plain("value");
  }
  if (def.type === "array") return { ...typeOf(unwrap(def.element)), isList: true };
  const { type, enum: choices, minimum = -Infinity } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  if (choices !== undefined) return { ...plain("choice"), choices: choices.map(String) };
  if (type === "string")
    return { ...plain("text"), reference: referenceType(schema) ?? null, isBasePath: isBasePath(schema) };
  if (type !== "integer" && type !== "number") return plain(type === "boolean" ? type : "value");
  return { ...plain(type), minimum: minimum <= Number.MIN_SAFE_INTEGER ? null : minimum };
}

/** The type of a single value of this kind, without bounds. */
export function plain(kind: OptionType["kind"]): OptionType {
  return { kind, isList: false, minimum: null, choices: [], reference: null, isBasePath: false };
}

/** What the option at a path of a schema is where it is not written; undefined where that is nothing. */
export function optionDefault(schema: z.core.$ZodType, path: readonly string[]): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const [key, ...rest] = path;
  if (key === undefined) return def.type === "default" ? def.defaultValue : undefined;
  const object = (unwrap(schema) as z.core.$ZodTypes)._zod.def;
  const inner = object.type === "object" ? object.shape[key] : undefined;
  return inner === undefined ? undefined : optionDefault(inner, rest);
}

/** The schema itself, without what says that it may be left out. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return unwrap(def.innerType);
    case "pipe":
      return unwrap(def.in);
    default:
      return schema;
  }
}
