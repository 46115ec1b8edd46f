import { join } from "node:path";
import type { z } from "zod";
import type { PipelineEvent } from "../../../pipeline/contract/events.js";
import { hashValue } from "../../../pipeline/system/hash.js";
import type { ServiceContext } from "../../../pipeline/contract/service.js";
import { temporaryFolder } from "../../support/pipelines.js";

export interface TestContext extends ServiceContext {
  /** What the lock file holds. */
  readonly pinned: Map<string, unknown>;
  readonly events: PipelineEvent[];
}

/** A project in a folder of its own: lock file, cache and state. `pinned` is a lock file that is there already. */
export async function serviceContext(pinned = new Map<string, unknown>(), root?: string): Promise<TestContext> {
  const folder = root ?? (await temporaryFolder());
  const events: PipelineEvent[] = [];
  const memo = new Map<string, unknown>();
  return {
    seed: 1,
    pinned,
    events,
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    cacheDir: join(folder, "cache"),
    stateDir: join(folder, ".pipeline"),
    baseDir: folder,
    memo: {
      async remember<T>(key: unknown, compute: (stop: AbortSignal) => Promise<T>, stop = new AbortController().signal) {
        const hash = hashValue(key);
        const remembered = memo.has(hash);
        if (!remembered) memo.set(hash, await compute(stop));
        return { value: memo.get(hash) as T, remembered };
      },
    },
    lockfile: {
      async pin<T>(reference: string, schema: z.ZodType<T>, resolve: (isUpdate: boolean) => Promise<T>) {
        if (!pinned.has(reference)) pinned.set(reference, await resolve(false));
        return schema.parse(pinned.get(reference));
      },
      kept: (reference, schema) => schema.safeParse(pinned.get(reference)).data ?? null,
      replace: async (reference, entry) =>
        void (entry === null ? pinned.delete(reference) : pinned.set(reference, entry)),
    },
  };
}
