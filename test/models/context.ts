import { createStop } from "../../pipeline/system/abort.js";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import { hashValue } from "../../pipeline/system/hash.js";
import { defaultCacheDir } from "../../pipeline/system/paths.js";
import type { ServiceContext } from "../../pipeline/contract/service.js";

/** A context whose memo and lock file live in memory; what it was told and what it computed can be looked at. */
export interface TestContext extends ServiceContext {
  readonly events: PipelineEvent[];
  readonly pins: Map<string, unknown>;
  readonly memoized: Map<string, unknown>;
}

export function serviceContext(
  changes: Partial<Pick<ServiceContext, "seed" | "cacheDir" | "baseDir" | "signal">> & {
    readonly memoized?: Map<string, unknown>;
  } = {},
): TestContext {
  const {
    seed = 1,
    cacheDir = defaultCacheDir(),
    baseDir = "/",
    memoized = new Map<string, unknown>(),
    signal = createStop().signal,
  } = changes;
  const events: PipelineEvent[] = [];
  const pins = new Map<string, unknown>();
  return {
    seed,
    cacheDir,
    baseDir,
    stateDir: "/nonexistent",
    events,
    pins,
    memoized,
    emit: (event) => void events.push(event),
    signal,
    lockfile: {
      async pin(reference, schema, resolve) {
        if (!pins.has(reference)) pins.set(reference, await resolve(false));
        return schema.parse(pins.get(reference));
      },
      kept: (reference, schema) => schema.safeParse(pins.get(reference)).data ?? null,
      async replace(reference, entry) {
        if (entry === null) pins.delete(reference);
        else pins.set(reference, entry);
      },
    },
    memo: {
      async remember<T>(key: unknown, compute: (stop: AbortSignal) => Promise<T>, stop: AbortSignal = signal) {
        const hash = hashValue(key);
        if (memoized.has(hash)) return { value: memoized.get(hash) as T, remembered: true };
        const value = await compute(stop);
        memoized.set(hash, value);
        return { value, remembered: false };
      },
    },
  };
}
