import { writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { onTestFinished } from "vitest";
import { modelCan, resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { createServeApp, type ServeSettings } from "../../pipeline/serve/app.js";
import { ServedModels } from "../../pipeline/serve/served-model.js";
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
  const forgetful = {
    remember: async <T>(_key: unknown, compute: (stop: AbortSignal) => Promise<T>, stop = context.signal) => ({
      value: await compute(stop),
      remembered: false,
    }),
  };
  const models = createModels({ ...context, memo: forgetful }, { models: resolved, determinism: "fast" });
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
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const started = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, () => resolve(started));
  });
  onTestFinished(async () => {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
    await models.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

/** The source of a model that answers as it is told. */
export async function scripted(text: string): Promise<string> {
  const path = join(await temporaryFolder(), "model.yaml");
  await writeFile(path, text);
  return `scripted:${path}`;
}
