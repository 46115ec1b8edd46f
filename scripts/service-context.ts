import { join } from "node:path";
import { createStop } from "../pipeline/system/abort.js";
import { forgetful } from "../pipeline/models/forgetful.js";
import { defaultCacheDir } from "../pipeline/system/paths.js";
import type { ServiceContext } from "../pipeline/contract/service.js";

/**
 * What services are made with outside of a run: nothing is remembered or pinned, so that all of it is done each time.
 */
export function serviceContextIn(folder: string, { baseDir }: { readonly baseDir: string }): ServiceContext {
  const { signal } = createStop();
  return {
    seed: 1,
    memo: forgetful({ signal }),
    signal,
    lockfile: { pin: async (_, __, resolve) => await resolve(false), kept: () => null, replace: async () => undefined },
    emit: () => undefined,
    cacheDir: defaultCacheDir(),
    stateDir: join(folder, "state"),
    baseDir,
  };
}
