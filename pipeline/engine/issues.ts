import { z } from "zod";
import { PipelineError } from "../errors.js";
import type { LocatedYaml, Path } from "./located.js";
import type { Origin } from "./pipeline.js";
import { suggestion } from "./suggest.js";

/** A pipeline file's value, with the settings in it, and the place of everything in it. */
export interface ConfigSource {
  readonly yaml: LocatedYaml;
  readonly value: unknown;
  readonly origin: (path: Path) => Origin;
}

/** A part of the file that a schema describes. */
export interface Part {
  readonly path: Path;
  /** As errors call it: `stage "ingest"`. */
  readonly what: string;
  /** Keys that it takes beside the schema's own. */
  readonly alsoTakes?: readonly string[];
}

/** Parses a part of the file by its schema. Throws a PipelineError for its mistakes, each shown where it stands. */
export function parsePart<T>(schema: z.ZodType<T>, value: unknown, part: Part, source: ConfigSource): T {
  const { data, error, success } = schema.safeParse(value);
  if (success) return data;
  const [first, ...others] = error.issues.flatMap((issue) => mistakesOf(issue, schema, part, source));
  if (first === undefined) throw error;
  const { message, code, hint, locations } = first;
  throw new PipelineError(message, { code, locations, others, ...(hint !== undefined && { hint }) });
}

function mistakesOf(issue: z.core.$ZodIssue, schema: z.ZodType, part: Part, source: ConfigSource): PipelineError[] {
  const inner = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  const at = [...part.path, ...inner];
  const name = inner.length === 0 ? part.what : `"${inner.join(".")}" of ${part.what}`;
  if (issue.code === "unrecognized_keys") {
    const allowed = [...keysAt(schema, inner), ...(inner.length === 0 ? part.alsoTakes ?? [] : [])];
    return issue.keys.map((key) => mistake(`unknown ${part.path.length === 0 && inner.length === 0 ? "key" : "option"} "${key}" of ${name}`, {
      hint: suggestion(key, allowed, `${inner.length === 0 ? capital(part.what.replace(/^stage /u, "")) : `"${inner.join(".")}"`} takes:`),
      path: [...at, key], isKey: true, source,
    }));
  }
  const given = at.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key], source.value);
  if (given === undefined) return [mistake(`${name} is missing: expected ${expectedBy(issue)}`, { path: at, source })];
  if (issue.code === "invalid_value") {
    const values = issue.values.map(String);
    return [mistake(`${name} cannot be ${show(given)}`, { hint: suggestion(String(given), values, "It can be:"), path: at, source })];
  }
  const deeper = issue.code === "invalid_union" ? deeperIssue(issue) : undefined;
  if (deeper !== undefined) return mistakesOf({ ...deeper, path: [...issue.path, ...deeper.path] }, schema, part, source);
  if (issue.code === "invalid_type" || issue.code === "invalid_union") return [mistake(`${name}: expected ${expectedBy(issue)}, got ${show(given)}`, { path: at, source })];
  return [mistake(`${name}: ${issue.message.replace(/^(?:Too (?:small|big)|Invalid \w+): /u, "")}${typeof given === "object" ? "" : `, got ${show(given)}`}`, { path: at, source })];
}

function mistake(message: string, { hint, path, isKey = false, source }: { hint?: string; path: Path; isKey?: boolean; source: ConfigSource }): PipelineError {
  const { from, text } = source.origin(path);
  const isBeside = from === "environment" || from === "command line";
  const location = isKey ? source.yaml.locateKey(path) : source.yaml.locate(path);
  return new PipelineError(isBeside ? `${message} (set by ${text ?? from})` : message, {
    code: isBeside ? "usage" : "config",
    locations: isBeside ? [] : [location],
    ...(hint !== undefined && { hint }),
  });
}

/** Of the alternatives of a union, the one whose mistake lies inside the value: its form was the one that was meant. */
function deeperIssue({ errors }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue | undefined {
  return errors.flat().find(({ path, code }) => path.length > 0 || code === "invalid_union" || code === "unrecognized_keys");
}

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_union") return [...new Set(issue.errors.flat().map(expectedBy))].join(" or ");
  if (issue.code === "invalid_value") return `one of ${issue.values.map(String).join(", ")}`;
  return issue.code === "invalid_type" ? typeNames[issue.expected] ?? issue.expected : issue.message;
}

const typeNames: Readonly<Record<string, string>> = {
  int: "a whole number", number: "a number", string: "text", boolean: "true or false", array: "a list", object: "a mapping", record: "a mapping",
};

function show(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? `the text ${JSON.stringify(value)}` : String(value);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Keys of the object schema at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  interface Json { readonly properties?: Record<string, Json>; readonly items?: Json; readonly additionalProperties?: Json; readonly anyOf?: readonly Json[] }
  const step = (json: Json, key: string | number): Json[] => {
    const found = typeof key === "number" ? json.items : json.properties?.[key] ?? json.additionalProperties;
    return [...(found === undefined ? [] : [found]), ...(json.anyOf ?? []).flatMap((option) => step(option, key))];
  };
  let found = [z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json];
  for (const key of path) found = found.flatMap((json) => step(json, key));
  return [...new Set(found.flatMap((json) => [json, ...json.anyOf ?? []]).flatMap(({ properties = {} }) => Object.keys(properties)))];
}
