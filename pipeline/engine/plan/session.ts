import { join } from "node:path";
import { createStopWithin } from "../../system/abort.js";
import type { Emit } from "../../contract/events.js";
import type { FineTuning } from "../../contract/finetuning.js";
import type { Sandbox } from "../../contract/sandbox.js";
import type { Service, ServiceContext } from "../../contract/service.js";
import type { Sources } from "../../contract/sources.js";
import { openLockfile } from "../state/lockfile.js";
import { type EngineOptions, stateDir } from "../config/options.js";
import type { Pipeline } from "../config/pipeline.js";
import type { Providers } from "./providers.js";
import { Store } from "../state/store.js";

/** What planning and running share: the store, the lock file, and the services that a plan asks. */
export interface Session {
  readonly providers: Providers;
  readonly store: Store;
  readonly context: ServiceContext;
  readonly sources: Service<Sources>;
  readonly sandbox: Service<Sandbox>;
  readonly finetuning: Service<FineTuning>;
  close(): Promise<void>;
}

export async function openSession(
  pipeline: Pipeline,
  options: EngineOptions,
  providers: Providers,
  emit: Emit,
): Promise<Session> {
  const store = Store.open(stateDir(options));
  const lockfile = await openLockfile(join(pipeline.baseDir, "pipeline.lock"), options);
  const { stop, release } = createStopWithin(options.signal);
  const context: ServiceContext = {
    seed: pipeline.seed,
    memo: store.memo,
    lockfile,
    emit,
    signal: stop.signal,
    cacheDir: options.cacheDir,
    stateDir: stateDir(options),
    baseDir: pipeline.baseDir,
  };
  const sources = providers.createSources(context);
  const sandbox = providers.createSandbox(context, {
    sources: sources.api,
    backend: options.sandbox,
    workers: options.workers,
    python: options.python,
    variables: { ...pipeline.variables, ...options.variables },
  });
  const finetuning = providers.createFineTuning(context);
  return {
    providers,
    store,
    context,
    sources,
    sandbox,
    finetuning,
    async close() {
      stop.abort();
      release();
      await Promise.allSettled([sandbox.close(), sources.close(), finetuning.close()]);
      store.close();
    },
  };
}
