import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ModelSpec } from "../../contract/model-spec.js";
import { PipelineError } from "../../system/errors.js";
import { sizeOf } from "../../system/files/size.js";
import { processesWithin } from "../../system/open-files.js";
import { type CachedModel, listModels } from "./cache.js";
import { isSourceOf } from "./known.js";

/** A folder of the cache that belongs to a model. */
export interface CachedFolder {
  readonly path: string;
  readonly bytes: number;
  /** The pinned source that it came from, or what it was made into. */
  readonly what: string;
}

/** What removing models would do. */
export interface Removal {
  readonly removed: readonly CachedFolder[];
  /** What stays, and why. */
  readonly kept: readonly (CachedFolder & { readonly reason: string })[];
}

/**
 * What can go from the cache of the models that are named, and what stays since another model that is here is made of
 * the same file, or a process uses it. Removes nothing. Throws a PipelineError (reference) where nothing of a model is
 * in the cache.
 *
 * @param named the models that are to go, as they were written
 * @param others models by name that may share files with them: one that is not here itself keeps nothing
 */
export async function planRemoval(
  named: ReadonlyMap<string, ModelSpec>,
  others: Readonly<Record<string, ModelSpec>>,
  cacheDir: string,
): Promise<Removal> {
  const cached = await listModels(cacheDir);
  const made = await madeFiles(cacheDir);
  const wanted = new Map<string, CachedFolder>();
  const same = new Set<string>();
  for (const [written, spec] of named) {
    const files = filesOf(spec, cached, made);
    if (files.all.length === 0) throw notHere(written, spec);
    same.add(pathsOf(files));
    const whole = spec.quantization === undefined ? [...files.all, ...files.madeOfIt] : files.all;
    for (const folder of whole) wanted.set(folder.path, folder);
  }
  const users = Object.entries(others)
    .filter(([name]) => !named.has(name))
    .map(([name, spec]) => ({ name, ...filesOf(spec, cached, made) }))
    // The same model under another name keeps nothing.
    .filter((files) => files.isHere && !same.has(pathsOf(files)));
  const removed: CachedFolder[] = [];
  const kept: Removal["kept"][number][] = [];
  for (const folder of wanted.values()) {
    const sized = { ...folder, bytes: await sizeOf(folder.path) };
    const sharers = users.filter(({ all }) => all.some(({ path }) => path === folder.path)).map(({ name }) => name);
    const [process] = await processesWithin(folder.path);
    if (sharers.length > 0) kept.push({ ...sized, reason: `also needed for ${sharers.join(", ")}` });
    else if (process !== undefined) kept.push({ ...sized, reason: `process ${process} uses it` });
    else removed.push(sized);
  }
  return { removed, kept };
}

interface MadeFile extends CachedFolder {
  /** The first 16 digits of the SHA-256 of what it was made of. */
  readonly of: string;
  /** Its number format, or `vocabulary`. */
  readonly format: string;
}

/** GGUF files that were made of models: `<cache>/gguf/<sha256>-<format>-<release of llama.cpp>`. */
async function madeFiles(cacheDir: string): Promise<MadeFile[]> {
  const root = join(cacheDir, "gguf");
  const names = await readdir(root).catch(() => []);
  return names.flatMap((name) => {
    const [, of, format] = /^([0-9a-f]{16})-([^-]+)-/u.exec(name) ?? [];
    if (of === undefined || format === undefined) return [];
    return [{ path: join(root, name), bytes: 0, of, format, what: `${format} made of it` }];
  });
}

interface ModelFiles {
  /** What it is asked with. */
  readonly all: readonly CachedFolder[];
  /** Whatever else was made of its file. */
  readonly madeOfIt: readonly CachedFolder[];
  /** Whether nothing of it would have to be fetched or made. */
  readonly isHere: boolean;
}

function filesOf(spec: ModelSpec, cached: readonly CachedModel[], made: readonly MadeFile[]): ModelFiles {
  const base = cached.find((model) => isSourceOf(spec, model));
  const adapter =
    spec.adapter === undefined ? undefined : cached.find((model) => isSourceOf({ source: spec.adapter ?? "" }, model));
  const ofBase = made.filter(({ of }) => base?.sha256.startsWith(of) === true);
  const own = ofBase.filter(({ format }) => format === spec.quantization);
  return {
    all: [...[base, adapter].flatMap((model) => (model === undefined ? [] : [folderOf(model)])), ...own],
    madeOfIt: ofBase.filter((file) => !own.includes(file)),
    isHere: base !== undefined && (spec.quantization === undefined || own.length > 0),
  };
}

const pathsOf = ({ all }: ModelFiles): string => JSON.stringify(all.map(({ path }) => path));

function folderOf({ path, source }: CachedModel): CachedFolder {
  return { path: dirname(path), bytes: 0, what: source };
}

/** Whose a model is that is not the cache's. */
const owners = [
  ["file:", "is a file of your own"],
  ["ollama:", "belongs to Ollama (ollama rm)"],
  ["lmstudio:", "belongs to LM Studio"],
  ["http", "belongs to its server"],
] as const;

function notHere(written: string, { source }: ModelSpec): PipelineError {
  const [place = ""] = [source].flat();
  const owner = owners.find(([scheme]) => place.startsWith(scheme));
  if (owner !== undefined)
    return new PipelineError(`"${written}" ${owner[1]}, and is not removed here`, { code: "reference" });
  return new PipelineError(`nothing of the model "${written}" is in the cache`, {
    code: "reference",
    hint: "see what is there: pipeline models list",
  });
}
