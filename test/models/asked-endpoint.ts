import { onTestFinished } from "vitest";
import type { EndpointSpec } from "../../pipeline/contract/endpoint-spec.js";
import type { Model } from "../../pipeline/contract/model.js";
import type { ModelSpec } from "../../pipeline/contract/model-spec.js";
import { resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { serviceContext, type TestContext } from "./context.js";
import type { OpenAiServer } from "./openai-server.js";

/** A served model, as a stage is given it. */
export interface AskedEndpoint {
  readonly model: Model<"schema">;
  readonly context: TestContext;
  readonly close: () => Promise<void>;
}

/** The model "small" of a server, under the name "teacher". */
export async function askEndpoint(
  server: OpenAiServer,
  endpoint: EndpointSpec = {},
  more: Partial<ModelSpec> = {},
): Promise<AskedEndpoint> {
  const context = serviceContext();
  const resolved = await resolveModel({ source: `${server.url}#small`, endpoint, ...more }, context);
  const models = createModels(context, { models: new Map([["teacher", resolved]]), determinism: "strict" });
  onTestFinished(async () => await models.close());
  return { context, model: models.api("teacher", ["schema"]), close: async () => await models.close() };
}

/** What it was told on the way, with HOST for where the server listens. */
export function noticesOf({ events }: TestContext): string[] {
  return events.flatMap((event) =>
    event.type === "notice" ? [event.message.replaceAll(/127\.0\.0\.1:\d+/gu, "HOST")] : [],
  );
}
