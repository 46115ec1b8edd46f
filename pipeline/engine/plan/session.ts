import { randomUUID } from "node:crypto";
import { createStopWithin } from "../../system/abort.js";
import type { Emit } from "../../contract/events.js";
import type { RunSettings, ServiceContext } from "../../contract/service.js";
import { packageRoot } from "../../system/paths.js";
import type { Roots } from "../../system/roots.js";
import { ServiceSet } from "../../partition/services/set.js";
import { openLockfile } from "../state/lockfile.js";
import { lockfilePlace } from "../state/lockfile-place.js";
import { type EngineOptions, stateDir } from "../config/options.js";
import type { Pipeline } from "../config/pipeline.js";
import type { Providers } from "./providers.js";
import { Store } from "../state/store.js";

/** What planning and running share: the store, the lock file, and the services. */
export interface Session {
  readonly providers: Providers;
  readonly store: Store;
  readonly context: ServiceContext;
  readonly settings: RunSettings;
  /** Tells one session's services from another's. */
  readonly id: string;
  /** Where on this machine the folders are that all machines of a run have. */
  readonly roots: Roots;
  readonly services: ServiceSet;
  close(): Promise<void>;
}

/**
 * Opens what planning and running need: the store, the lock file, the services. Throws a PipelineError where a service
 * does not know the settings. Whoever opens it closes it.
 */
export async function openSession(
  pipeline: Pipeline,
  options: EngineOptions,
  providers: Providers,
  emit: Emit,
): Promise<Session> {
  const settings = settingsOf(pipeline, options);
  for (const service of providers.services) await service.check?.(settings);
  const store = Store.open(stateDir(options));
  const lockfile = await openLockfile(await lockfilePlace(pipeline.baseDir, options), options);
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
  const services = new ServiceSet(providers.services, { context, settings });
  return {
    providers,
    store,
    context,
    settings,
    id: randomUUID(),
    roots: {
      state: context.stateDir,
      cache: context.cacheDir,
      package: packageRoot,
      project: context.baseDir,
    },
    services,
    async close() {
      stop.abort();
      release();
      await services.close();
      store.close();
    },
  };
}

function settingsOf(pipeline: Pipeline, { workers, sandbox, python, variables }: EngineOptions): RunSettings {
  return {
    workers,
    sandbox,
    ...(python !== undefined && { python }),
    variables: { ...pipeline.variables, ...variables },
    determinism: pipeline.determinism,
    ...(pipeline.threads !== undefined && { threads: pipeline.threads }),
  };
}
