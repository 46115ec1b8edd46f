import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A request as it came. */
export interface ServedRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: {
    readonly model?: string;
    readonly messages?: readonly { readonly role: string; readonly content: string | null }[];
    readonly prompt?: string;
    readonly max_tokens?: number;
    readonly [field: string]: unknown;
  };
  /** Aborted when the client has left. */
  readonly gone: AbortSignal;
}

/** Answers a request itself, or leaves it to who comes after: false. */
type Answerer = (request: ServedRequest, response: ServerResponse) => Promise<boolean> | boolean;

/** A server with OpenAI's interface on loopback, which answers what it is told to. */
export interface OpenAiServer {
  /** Base of its interface. */
  readonly url: string;
  /** Requests for answers so far. */
  readonly requests: ServedRequest[];
  /** Requests in flight now, and at most so far. */
  readonly load: { now: number; most: number };
  /** What it says of its models; null: it has no list. */
  models: readonly object[] | null;
  /** Whether it refuses everything, as while it starts. */
  isDown: boolean;
  /** Who is asked before it answers itself. */
  before: Answerer;
  /** Words that it answers with. */
  answer: (request: ServedRequest) => string;
}

/** Starts one that serves a model "small", as vLLM does, and repeats what it is asked. */
export async function startOpenAiServer(changes: Partial<OpenAiServer> = {}): Promise<OpenAiServer> {
  const served: OpenAiServer = {
    url: "",
    requests: [],
    load: { now: 0, most: 0 },
    models: [{ id: "small", object: "model", owned_by: "vllm", root: "acme/small", max_model_len: 8192, created: 1 }],
    isDown: false,
    before: () => false,
    answer: ({ body }) => `You said: ${body.prompt ?? body.messages?.at(-1)?.content ?? ""}`,
    ...changes,
  };
  const serve = async (request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> => {
    const body = await readBody(request);
    const path = request.url ?? "";
    if (served.isDown) {
      sendJson(response, 503, { error: { message: "restarting" } });
      return;
    }
    if (path.endsWith("/models")) {
      if (served.models === null) response.writeHead(404).end("no such page");
      else sendJson(response, 200, { object: "list", data: served.models });
      return;
    }
    const asked = { path, headers: request.headers, body, gone };
    served.requests.push(asked);
    served.load.now += 1;
    served.load.most = Math.max(served.load.most, served.load.now);
    try {
      if (!(await served.before(asked, response))) streamAnswer(response, asked, served.answer(asked));
    } finally {
      served.load.now -= 1;
    }
  };
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    void serve(request, response, gone.signal).catch((error: unknown) => response.destroy(error as Error));
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return Object.assign(served, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` });
}

/** Sends JSON. */
export function sendJson(response: ServerResponse, status: number, value: object, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

/** The answer as a stream of events, a word each; with what it took, where that was asked for. */
export function streamAnswer(
  response: ServerResponse,
  { path, body }: ServedRequest,
  answer: string,
  {
    words: most = body.max_tokens ?? Infinity,
    isWhole = true,
  }: { readonly words?: number; readonly isWhole?: boolean } = {},
): void {
  const isChat = path.endsWith("/chat/completions");
  const words = answer.match(/\s*\S+/gu) ?? [];
  const head = { id: "1", object: isChat ? "chat.completion.chunk" : "text_completion", model: body.model };
  const send = (value: object): void => void response.write(`data: ${JSON.stringify({ ...head, ...value })}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  for (const word of words.slice(0, most))
    send({ choices: [{ index: 0, ...(isChat ? { delta: { content: word } } : { text: word }), finish_reason: null }] });
  if (!isWhole) return void response.destroy();
  const finish = words.length > most ? "length" : "stop";
  send({ choices: [{ index: 0, ...(isChat ? { delta: {} } : { text: "" }), finish_reason: finish }] });
  const tokens = { prompt_tokens: 10, completion_tokens: Math.min(words.length, most) };
  send({ choices: [], usage: { ...tokens, total_tokens: 10 + tokens.completion_tokens } });
  response.end("data: [DONE]\n\n");
}

async function readBody(request: IncomingMessage): Promise<ServedRequest["body"]> {
  let text = "";
  for await (const bytes of request) text += String(bytes);
  return text === "" ? {} : (JSON.parse(text) as ServedRequest["body"]);
}
