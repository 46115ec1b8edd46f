import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { PipelineError } from "../errors.js";
import { hashFile, sha256 } from "../hash.js";
import { packageRoot } from "../paths.js";
import type { Prompt } from "../prompt.js";
import type { Pipeline, Step } from "./pipeline.js";
import type { PlannedModel } from "./providers.js";
import { type FoundReference, findReferences } from "./references.js";
import type { Session } from "./session.js";

/** The references of a step, resolved: what its fingerprint counts, and what its tasks are given. */
export interface ResolvedStep {
  /** By dotted path of the option: what it named and what that holds. */
  readonly references: Readonly<Record<string, { readonly value: string; readonly sha256: string }>>;
  /** Texts of small references, so that a later change can be shown line by line. */
  readonly texts: Readonly<Record<string, string>>;
  /** The options with lists of sources written out. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string>>;
  readonly prompts: Readonly<Record<string, Prompt>>;
}

/** Resolves the references of one step. Models are added to `models` by the name that the option gives them. */
export async function resolveStep(step: Step, pipeline: Pipeline, session: Session, models: Map<string, PlannedModel>): Promise<ResolvedStep> {
  const references: Record<string, { value: string; sha256: string }> = {};
  const texts: Record<string, string> = {};
  const files: Record<string, string> = {};
  const prompts: Record<string, Prompt> = {};
  const lists = new Map<string, readonly string[]>();

  for (const found of findReferences(step.stage.options, step.options)) {
    const { type, value } = found;
    const key = found.path.join(".");
    const located = <T>(work: Promise<T>) => locate(work, step, found);
    switch (type) {
      case "model": {
        const model = models.get(value) ?? await located(session.providers.resolveModel(pipeline.models[value] ?? { source: value }, session.context));
        models.set(value, model);
        references[key] = { value, sha256: model.hash };
        break;
      }
      case "source": {
        const { hash, refs } = await located(session.providers.resolveSource(value, session.context));
        references[key] = { value, sha256: hash };
        lists.set(value, refs);
        break;
      }
      case "prompt": {
        const path = await located(findFile(value, pipeline));
        prompts[value] = await located(session.providers.loadPrompt(path));
        texts[key] = await readFile(path, "utf8");
        references[key] = { value, sha256: sha256(texts[key]) };
        break;
      }
      case "file": {
        const path = await located(findFile(value, pipeline));
        files[value] = path;
        references[key] = { value, sha256: await hashLargeFile(path, session) };
        break;
      }
    }
  }
  return { references, texts, options: writeOut(step.options, lists), files, prompts };
}

/** A path of a pipeline file: relative to that file, or else to the configuration that ships. */
async function findFile(value: string, { baseDir }: Pipeline): Promise<string> {
  const candidates = isAbsolute(value) ? [value] : [resolve(baseDir, value), join(packageRoot, "config", value)];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined && (await stat(found)).isFile()) return found;
  throw new PipelineError(`no file "${value}"`, { code: "reference", hint: `looked for ${candidates.join(" and ")}; paths are relative to the pipeline file` });
}

/** The file's SHA-256, remembered by inode, size and time of change: hashing gigabytes at every plan would be felt. */
async function hashLargeFile(path: string, { store }: Session): Promise<string> {
  const { ino, size, mtimeMs } = await stat(path);
  const stamp = { inode: ino, size, modified: mtimeMs };
  const known = store.fileHash(path, stamp);
  if (known !== undefined) return known;
  const hash = await hashFile(path);
  store.keepFileHash(path, stamp, hash);
  return hash;
}

async function locate<T>(work: Promise<T>, step: Step, { path }: FoundReference): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof PipelineError) || error.locations.length > 0) throw error;
    const location = step.origin(path).location ?? step.location;
    throw new PipelineError(error.message, { code: error.code, locations: [location], cause: error, ...(error.hint !== undefined && { hint: error.hint }) });
  }
}

function writeOut(options: Readonly<Record<string, unknown>>, lists: ReadonlyMap<string, readonly string[]>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [
    key,
    Array.isArray(value) ? (value as unknown[]).flatMap((item) => (typeof item === "string" ? [...lists.get(item) ?? [item]] : [item])) : value,
  ]));
}
