import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { modelCan, resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { createServeApp, type ServeSettings } from "../../pipeline/serve/app.js";
import { forgetful } from "../../pipeline/serve/forgetful.js";
import { listenUntil } from "../../pipeline/serve/listen.js";
import { ServedModels } from "../../pipeline/serve/served-model.js";
import { createStop } from "../../pipeline/system/abort.js";
import { serviceContext } from "../models/context.js";
import { temporaryFolder } from "../support/pipelines.js";

/** Serves models on loopback, by name and source, as the command does; answers the base of the interface. */
export async function startServing(
  sources: Readonly<Record<string, string>>,
  changes: Partial<ServeSettings> = {},
): Promise<string> {
  const context = serviceContext();
  const resolved = new Map(
    await Promise.all(
      Object.entries(sources).map(async ([name, source]) => [name, await resolveModel({ source }, context)] as const),
    ),
  );
  const models = createModels({ ...context, memo: forgetful(context) }, { models: resolved, determinism: "fast" });
  const app = createServeApp({
    models: new ServedModels(
      Object.entries(sources).map(([name, source]) => ({ name, ref: name, can: modelCan({ source }) })),
      models.api,
    ),
    key: null,
    origins: [],
    isLoopback: true,
    places: () => models.capacity(),
    queue: 16,
    ...changes,
  });
  const stop = createStop();
  let served: Promise<void> | undefined;
  const base = await new Promise<string>((onListening, refuse) => {
    served = listenUntil(app, { host: "127.0.0.1", port: 0, signal: stop.signal, onListening });
    served.catch(refuse);
  });
  onTestFinished(async () => {
    stop.abort();
    await served;
    await models.close();
  });
  return `${base}/v1`;
}

/** The source of a model that answers as it is told. */
export async function scripted(text: string): Promise<string> {
  const path = join(await temporaryFolder(), "model.yaml");
  await writeFile(path, text);
  return `scripted:${path}`;
}
