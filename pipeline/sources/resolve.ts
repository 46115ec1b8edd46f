import { PipelineError } from "../system/errors.js";
import { hashValue } from "../system/hash.js";
import type { ServiceContext } from "../contract/service.js";
import { readSourceList } from "./list.js";
import { parseSourceRef } from "./location.js";
import { pinSource } from "./pin.js";
import type { PinnedSource } from "./pinned.js";
import { snapshotFormat } from "./snapshot.js";

/** What a source reference stands for when the plan is made. */
export interface ResolvedSource {
  /** SHA-256 over the content of all of it. */
  readonly hash: string;
  /** The pinned references: one, or as many as a list names, in its order. */
  readonly refs: readonly string[];
}

/** Raised when a snapshot's licence, import roots or requirements are told in another way. */
const readingVersion = 1;

/**
 * Pins a reference. Nothing is fetched but what is needed to know what the reference means; nothing at all where
 * pipeline.lock knows it.
 */
export async function resolveSource(
  ref: string,
  context: Pick<ServiceContext, "lockfile" | "baseDir" | "cacheDir" | "emit" | "signal">,
): Promise<ResolvedSource> {
  const location = parseSourceRef(ref);
  const written = location.type === "list" ? await readSourceList(location.path, context.baseDir) : [ref];
  const pinned: PinnedSource[] = [];
  for (const one of written) pinned.push(await withPlace(one, ref, () => pinSource(one, context)));
  return {
    hash: hashValue({ snapshotFormat, readingVersion, sources: pinned.map(({ ref: name, hash }) => [name, hash]) }),
    refs: pinned.map((source) => source.ref),
  };
}

/** An error about one source of a list says which list. */
async function withPlace<T>(one: string, ref: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (one === ref || !(error instanceof PipelineError)) throw error;
    throw new PipelineError(`${error.message} ("${one}" in ${ref})`, {
      code: error.code,
      cause: error,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
  }
}
