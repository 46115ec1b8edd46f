import { randomUUID } from "node:crypto";
import { createRoute, OpenAPIHono, type z } from "@hono/zod-openapi";
import type { Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { Admission } from "./admission.js";
import type { Answer, Answering } from "./answering.js";
import { answerChat } from "./chat.js";
import { answerCompletion } from "./completion.js";
import { answerEmbedding } from "./embedding.js";
import { ServeError, serveError } from "./errors.js";
import { type Guard, requireAllowed } from "./guard.js";
import { Metrics } from "./metrics.js";
import { requireShallow } from "./nesting.js";
import { streamed } from "./streaming.js";
import { ChatRequest, CompletionRequest, EmbeddingRequest } from "./schema.js";
import type { ServedModels } from "./served-model.js";

/** How a server is asked for. */
export interface ServeSettings extends Guard {
  readonly models: ServedModels;
  readonly isLocal: boolean;
  /** Requests that the models answer at once. */
  readonly places: () => number;
  /** Bytes that each model takes which is loaded, by its name. */
  readonly holding: () => ReadonlyMap<string, number>;
  /** Requests that may wait beside them; the others are sent away with when to come again. */
  readonly queue: number;
}

/** Most bytes of a request. */
const longestBody = 16 * 2 ** 20;

/** The server with OpenAI's interface, over any models that can be found by name. */
export function createServeApp(settings: ServeSettings): Hono {
  const { models } = settings;
  const admission = new Admission(settings.places, settings.queue);
  const metrics = new Metrics(admission, settings.holding);
  const app = new OpenAPIHono({
    getPath: ({ url }) => new URL(url).pathname.replaceAll(/\/{2,}/gu, "/").replace(/(?<=.)\/$/u, ""),
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      const path = issue?.path.join(".") ?? "";
      throw new ServeError(400, "invalid_value", `${path === "" ? "the request" : path}: ${issue?.message}`, path);
    },
  });

  app.onError((error, context) => {
    const told = serveError(error instanceof HTTPException ? unreadable(error) : error);
    if (told.retryAfter !== null) context.header("retry-after", String(told.retryAfter));
    return context.json(told.body, told.status);
  });
  app.notFound((context) => {
    const { method, path } = context.req;
    return context.json(new ServeError(404, "not_found", `nothing answers ${method} ${path}`).body, 404);
  });
  app.use(cors({ origin: (origin) => origin, allowHeaders: ["authorization", "content-type"] }));
  app.use(async (context, next) => {
    if (context.req.method !== "OPTIONS" && context.req.path !== "/health")
      requireAllowed(
        {
          authorization: context.req.header("authorization"),
          origin: context.req.header("origin"),
          host: context.req.header("host"),
        },
        settings,
      );
    await next();
  });
  app.use(
    bodyLimit({
      maxSize: longestBody,
      onError: () => {
        throw new ServeError(413, "request_too_large", `a request has at most ${longestBody} bytes`);
      },
    }),
  );

  app.post("*", async (context, next) => {
    requireShallow(await context.req.text());
    await next();
  });

  /** Answers in its turn, whole or as a stream; who leaves stops what is written for him. */
  async function answered(context: Context, isStream: boolean, make: (with_: Answering) => Answer): Promise<Response> {
    const stop = new AbortController();
    context.req.raw.signal.addEventListener("abort", () => stop.abort(), { once: true });
    // What a request asks for wrongly is told before anything is sent.
    const answer = make({ models, id: randomUUID().replaceAll("-", ""), signal: stop.signal });
    const inTurn = async <T>(work: () => Promise<T>): Promise<T> =>
      await admission.admit(async () => await metrics.watch(async () => await models.use(answer.by, work)));
    if (!isStream) return context.json(await inTurn(async () => await answer.whole()));
    return await streamed(context, {
      write: async (send) => await inTurn(async () => await answer.stream(send)),
      stop,
    });
  }

  const post = <T extends z.ZodType>(path: string, summary: string, schema: T) =>
    createRoute({
      method: "post",
      path,
      summary,
      request: { body: { required: true, content: { "application/json": { schema } } } },
      responses: { 200: { description: "The answer; a stream of events where the request has stream: true" } },
    });
  const get = (path: string, summary: string) =>
    createRoute({ method: "get", path, summary, responses: { 200: { description: summary } } });

  // Clients differ in whether the base has a /v1, and in how many slashes they write.
  for (const base of ["/v1", ""]) {
    app.openapi(post(`${base}/chat/completions`, "Answers a conversation", ChatRequest), async (context) => {
      const request = context.req.valid("json");
      return await answered(context, request.stream === true, (with_) => answerChat(request, with_));
    });
    app.openapi(
      post(`${base}/completions`, "Goes on with a text, or fills a gap", CompletionRequest),
      async (context) => {
        const request = context.req.valid("json");
        return await answered(context, request.stream === true, (with_) => answerCompletion(request, with_));
      },
    );
    app.openapi(post(`${base}/embeddings`, "Turns texts into vectors", EmbeddingRequest), async (context) => {
      const request = context.req.valid("json");
      const { signal } = context.req.raw;
      return context.json(await admission.admit(() => answerEmbedding(request, { models, signal })));
    });
    app.openapi(get(`${base}/models`, "The models that are served"), (context) =>
      context.json({
        object: "list",
        data: models.all.map(({ name }) => ({ id: name, object: "model", created: 0, owned_by: "distil-pipeline" })),
      }),
    );
  }
  app.openapi(get("/health", "Whether it answers"), (context) => context.json({ status: "ok" }));
  app.openapi(get("/metrics", "Figures for Prometheus"), (context) => context.text(metrics.text()));
  app.doc31("/openapi.json", { openapi: "3.1.0", info: { title: "distil-pipeline", version: "1" } });
  return app as unknown as Hono;
}

/** A body that is no JSON, or comes as something else. */
function unreadable(error: Error): ServeError {
  return new ServeError(400, "invalid_json", error.message);
}
