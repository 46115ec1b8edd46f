import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { createParser } from "eventsource-parser";
import type { Hono } from "hono";
import { z } from "zod";
import { ServeError } from "./errors.js";

/** A line that comes in: a request, or that nobody waits for its answer any more. */
const Line = z.union([
  z.strictObject({ id: z.union([z.string(), z.number()]), abort: z.literal(true) }),
  z.strictObject({
    id: z.union([z.string(), z.number()]),
    method: z.enum(["GET", "POST"]).default("POST"),
    path: z.string().startsWith("/"),
    body: z.record(z.string(), z.unknown()).optional(),
  }),
]);
type Asked = Exclude<z.output<typeof Line>, { readonly abort: true }>;

/**
 * Serves an app over two streams, a message a line: `{"id": 1, "path": "/v1/chat/completions", "body": {...}}` is
 * answered by `{"id": 1, "status": 200, "body": {...}}`; a stream by a line for each of its events,
 * `{"id": 1, "event": {...}}`, and `{"id": 1, "end": true}`. `{"id": 1, "abort": true}` stops an answer, which ends as
 * `{"id": 1, "aborted": true}`. Ends when nothing more comes in and all is answered, or when the signal is aborted.
 */
export async function serveLines(
  app: Pick<Hono, "fetch">,
  { input, output, signal }: { readonly input: Readable; readonly output: Writable; readonly signal: AbortSignal },
): Promise<void> {
  const underWay = new Map<string | number, AbortController>();
  const answering = new Set<Promise<void>>();
  const tell = (line: object): void => void output.write(`${JSON.stringify(line)}\n`);
  const stopAll = (): void => {
    for (const stop of underWay.values()) stop.abort();
  };
  // Who has asked is gone.
  output.on("error", stopAll);
  const lines = createInterface({ input, crlfDelay: Infinity });
  const end = (): void => {
    stopAll();
    lines.close();
    input.destroy();
  };
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });

  async function answer({ id, method, path, body }: Asked): Promise<void> {
    const stop = new AbortController();
    underWay.set(id, stop);
    try {
      const request = new Request(`http://localhost${path}`, {
        method,
        signal: stop.signal,
        ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      await tellResponse(await app.fetch(request), (line) => tell({ id, ...line }), stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      underWay.delete(id);
      if (stop.signal.aborted) tell({ id, aborted: true });
    }
  }

  for await (const line of lines) {
    if (line.trim() === "") continue;
    const asked = readLine(line);
    if (asked instanceof ServeError) tell({ id: null, status: asked.status, body: asked.body });
    else if ("abort" in asked) underWay.get(asked.id)?.abort();
    else if (underWay.has(asked.id)) {
      const refused = new ServeError(400, "invalid_value", "a request with this id is being answered", "id");
      tell({ id: asked.id, status: refused.status, body: refused.body });
    } else {
      const answered = answer(asked).finally(() => answering.delete(answered));
      answering.add(answered);
    }
  }
  await Promise.all(answering);
  signal.removeEventListener("abort", end);
}

async function tellResponse(response: Response, tell: (line: object) => void, signal: AbortSignal): Promise<void> {
  const { status, body } = response;
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream") || body === null) {
    const text = await response.text();
    tell({ status, body: type.includes("json") ? (JSON.parse(text) as unknown) : text });
    return;
  }
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data !== "[DONE]") tell({ event: JSON.parse(data) as unknown });
    },
  });
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) parser.feed(piece.value);
  signal.removeEventListener("abort", cancel);
  if (!signal.aborted) tell({ end: true });
}

function readLine(line: string): z.output<typeof Line> | ServeError {
  try {
    const parsed = Line.safeParse(JSON.parse(line));
    if (parsed.success) return parsed.data;
    return new ServeError(400, "invalid_value", `a line has id, path and body: ${z.prettifyError(parsed.error)}`);
  } catch (error) {
    return new ServeError(400, "invalid_json", `a line is no JSON: ${error instanceof Error ? error.message : ""}`);
  }
}
