import { z } from "zod";
import { PipelineError } from "../../system/errors.js";
import type { LocatedYaml, Path } from "./located.js";
import type { Elsewhere } from "./misplaced.js";
import type { Origin } from "./origin.js";
import { suggest, suggestion } from "../../system/suggest.js";

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
  /** Where an unknown key of the part itself belongs. */
  readonly elsewhere?: Elsewhere;
}

/** Parses a part of the file by its schema. Throws a PipelineError for its mistakes, each shown where it stands. */
export function parsePart<T>(schema: z.ZodType<T>, value: unknown, part: Part, source: ConfigSource): T {
  const { data, error, success } = schema.safeParse(value);
  if (success) return data;
  const meant = new Set(error.issues.flatMap((issue) => meantKeys(issue, schema, part)));
  const issues = error.issues.filter(
    (issue) => !["invalid_type", "invalid_union"].includes(issue.code) || !meant.has(issue.path.join(".")),
  );
  const [first, ...others] = issues.flatMap((issue) => mistakesOf(issue, schema, part, source));
  if (first === undefined) throw error;
  const { message, code, hint, locations } = first;
  throw new PipelineError(message, { code, locations, others, ...(hint !== undefined && { hint }) });
}

function mistakesOf(issue: z.core.$ZodIssue, schema: z.ZodType, part: Part, source: ConfigSource): PipelineError[] {
  const inner = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  const at = [...part.path, ...inner];
  const name = inner.length === 0 ? part.what : `"${inner.join(".")}" of ${part.what}`;
  if (issue.code === "unrecognized_keys") {
    const allowed = allowedKeys(schema, inner, part);
    const takes = `${inner.length === 0 ? capital(part.what.replace(/^stage /u, "")) : `"${inner.join(".")}"`} takes:`;
    return issue.keys.map((key) =>
      mistake(`unknown ${part.path.length === 0 && inner.length === 0 ? "key" : "option"} "${key}" of ${name}`, {
        hint:
          (inner.length === 0 ? part.elsewhere?.(key, valueAt(source.value, [...at, key])) : undefined) ??
          suggestion(key, allowed, takes),
        path: [...at, key],
        isKey: true,
        source,
      }),
    );
  }
  const given = valueAt(source.value, at);
  if (given === undefined)
    return [mistake(`${name} is missing: expected ${expectedBy(issue, schema, inner)}`, { path: at, source })];
  if (issue.code === "invalid_value") {
    const values = issue.values.map(String);
    return [
      mistake(`${name} cannot be ${show(given)}`, {
        hint: suggestion(plain(given), values, "It can be:"),
        path: at,
        source,
      }),
    ];
  }
  const deeper = issue.code === "invalid_union" ? deeperIssue(issue) : undefined;
  if (deeper !== undefined)
    return mistakesOf({ ...deeper, path: [...issue.path, ...deeper.path] }, schema, part, source);
  if (issue.code === "invalid_type" || issue.code === "invalid_union")
    return [mistake(`${name}: expected ${expectedBy(issue, schema, inner)}, got ${show(given)}`, { path: at, source })];
  return [
    mistake(
      `${name}: ${issue.message.replace(/^(?:Too (?:small|big)|Invalid \w+): /u, "")}` +
        (typeof given === "object" || issue.code === "custom" ? "" : `, got ${show(given)}`),
      { path: at, source },
    ),
  ];
}

/** What a value holds at a path; undefined where it holds nothing there. */
export function valueAt(whole: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key],
    whole,
  );
}

/** Paths of the keys that were likely meant by unknown ones: that they are missing is the same mistake. */
function meantKeys(issue: z.core.$ZodIssue, schema: z.ZodType, part: Part): string[] {
  if (issue.code !== "unrecognized_keys") return [];
  const inner = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  const allowed = allowedKeys(schema, inner, part);
  return issue.keys.flatMap((key) => suggest(key, allowed) ?? []).map((key) => [...inner, key].join("."));
}

function allowedKeys(schema: z.ZodType, inner: Path, { alsoTakes = [] }: Part): string[] {
  return [...keysAt(schema, inner), ...(inner.length === 0 ? alsoTakes : [])];
}

/** The error for a value of the file, or of what was set beside it, with its place. */
export function mistake(
  message: string,
  { hint, path, isKey = false, source }: { hint?: string; path: Path; isKey?: boolean; source: ConfigSource },
): PipelineError {
  const { from, text, location: place } = source.origin(path);
  const isBeside = from === "environment" || from === "command line";
  const location = isKey ? source.yaml.locateKey(path) : (place ?? source.yaml.locate(path));
  return new PipelineError(isBeside ? `${message} (set by ${text ?? from})` : message, {
    code: isBeside ? "usage" : "config",
    locations: isBeside ? [] : [location],
    ...(hint !== undefined && { hint }),
  });
}

/** Of the alternatives of a union, the one whose mistake lies inside the value: its form was the one that was meant. */
function deeperIssue({ errors }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue | undefined {
  return errors.flat().find(({ path, code }) => path.length > 0 || code === "unrecognized_keys");
}

function expectedBy(issue: z.core.$ZodIssue, schema: z.ZodType, path: Path): string {
  if (issue.code === "invalid_union")
    return [
      ...new Set(issue.errors.flat().map((each) => expectedBy(each, schema, [...path, ...each.path.map(String)]))),
    ].join(" or ");
  if (issue.code === "invalid_value") return `one of ${issue.values.map(String).join(", ")}`;
  if (issue.code !== "invalid_type") return issue.message;
  // What is no number at all is told apart from what is no whole one by the schema alone.
  const isWhole = issue.expected === "number" && schemasAt(schema, path).some(({ type }) => type === "integer");
  return isWhole ? "a whole number" : (typeNames[issue.expected] ?? issue.expected);
}

const typeNames: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function show(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? `the text ${JSON.stringify(value)}` : plain(value);
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Keys of the object schema at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  return [...new Set(schemasAt(schema, path).flatMap(({ properties = {} }) => Object.keys(properties)))];
}

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
}

/** What a schema says of the value at a path: one JSON Schema for each alternative. */
function schemasAt(schema: z.ZodType, path: Path): JsonSchema[] {
  const alternatives = (json: JsonSchema): JsonSchema[] => [json, ...(json.anyOf ?? []).flatMap(alternatives)];
  let found = alternatives(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema);
  for (const key of path) {
    const inside = found.map(
      ({ properties, items, additionalProperties }) => properties?.[key] ?? items ?? additionalProperties,
    );
    found = inside.filter((json) => typeof json === "object").flatMap(alternatives);
  }
  return found;
}
