import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A server on loopback that begins to answer and never comes to an end. */
export interface SlowServer {
  readonly url: string;
  /** Resolves when the answer has begun; undefined where an event tells it. */
  readonly begun?: Promise<void>;
}

/** A package index with one wheel, of which the first bytes come. */
export async function startSlowIndex(name: string): Promise<SlowServer> {
  const file = `${name.replaceAll("-", "_")}-1.0-py3-none-any.whl`;
  const { begun, begin } = createMark();
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/simple/")) {
      response.setHeader("content-type", "text/html");
      response.end(`<a href="/files/${file}#sha256=${"0".repeat(64)}">${file}</a>`);
      return;
    }
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": "50000000" });
    response.write(Buffer.alloc(65_536));
    begin();
  });
  return { begun, url: await listen(server) };
}

/** A host of git repositories that takes a connection and says nothing. */
export async function startSilentGitHost(): Promise<SlowServer> {
  const { begun, begin } = createMark();
  const server = createSocketServer((socket) => {
    socket.on("error", () => undefined).resume();
    begin();
  });
  return { begun, url: await listen(server) };
}

function createMark(): { readonly begun: Promise<void>; readonly begin: () => void } {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  return { begun, begin: () => begin() };
}

async function listen(server: ReturnType<typeof createSocketServer>): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
