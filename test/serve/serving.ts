import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ModelSpec } from "../../pipeline/contract/model-spec.js";
import { modelCan, resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { createServeApp, type ServeSettings } from "../../pipeline/serve/app.js";
import { forgetful } from "../../pipeline/models/forgetful.js";
import { listenUntil } from "../../pipeline/serve/listen.js";
import { ServedModels } from "../../pipeline/serve/served-model.js";
import { createStop } from "../../pipeline/system/abort.js";
import { serviceContext } from "../models/context.js";
import { temporaryFolder } from "../support/pipelines.js";

/** Models by the names that clients use. */
type Sources = Readonly<Record<string, string | ModelSpec>>;
type Changes = Partial<ServeSettings> & { readonly memory?: number };

/** What answers for models, by name and source, as the command makes it. */
export async function serveApp(sources: Sources, { memory, ...changes }: Changes = {}) {
  const context = serviceContext();
  const specs = Object.entries(sources).map(
    ([name, source]) => [name, typeof source === "string" ? { source } : source] as const,
  );
  const resolved = new Map(
    await Promise.all(specs.map(async ([name, spec]) => [name, await resolveModel(spec, context)] as const)),
  );
  const models = createModels(
    { ...context, memo: forgetful(context) },
    // Whatever was measured to be fastest on the machine that tests.
    {
      models: resolved,
      determinism: "fast",
      teams: { processes: 2, threads: 1, sequences: 8 },
      ...(memory !== undefined && { memory }),
    },
  );
  const app = createServeApp({
    models: new ServedModels(
      specs.map(([name, spec]) => ({ name, ref: name, can: modelCan(spec) })),
      models.api,
      async (ref, inUse) => await models.makeRoom(ref, inUse),
    ),
    key: null,
    origins: [],
    isLocal: true,
    places: () => models.capacity(),
    holding: () => models.holding(),
    queue: 16,
    ...changes,
  });
  return { app, close: async () => await models.close() };
}

/** Serves models on loopback; answers the base of the interface. */
export async function startServing(sources: Sources, changes: Changes = {}): Promise<string> {
  const { app, close } = await serveApp(sources, changes);
  const stop = createStop();
  let served: Promise<void> | undefined;
  const base = await new Promise<string>((onListening, refuse) => {
    served = listenUntil(app, { host: "127.0.0.1", port: 0, signal: stop.signal, onListening });
    served.catch(refuse);
  });
  onTestFinished(async () => {
    stop.abort();
    await served;
    await close();
  });
  return `${base}/v1`;
}

/** The source of a model that answers as it is told. */
export async function scripted(text: string): Promise<string> {
  const path = join(await temporaryFolder(), "model.yaml");
  await writeFile(path, text);
  return `scripted:${path}`;
}
