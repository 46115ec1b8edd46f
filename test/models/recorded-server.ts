import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";

/** A server on loopback that answers as a program did whose answers were written down. */
export interface RecordedServer {
  readonly url: string;
  /** Where it was asked something, and what. */
  readonly requests: { readonly path: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** The answer that it gives to every question: a file of test/models/recorded/PROGRAM/. */
  answer: string;
}

/**
 * Starts one. An answer comes in pieces of a few bytes, whose borders lie within words, letters and line feeds: as a
 * network may deliver it.
 */
export async function startRecorded(program: string): Promise<RecordedServer> {
  const served: RecordedServer = { url: "", requests: [], answer: "chat" };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (bytes: Buffer) => (text += bytes.toString()));
    request.on("end", () => {
      const path = request.url ?? "";
      const list = { "/v1/models": "models", "/api/tags": "tags" }[path];
      if (list === undefined)
        served.requests.push({ path, body: JSON.parse(text || "{}") as Readonly<Record<string, unknown>> });
      void play(join(packageRoot, "test/models/recorded", program, `${list ?? served.answer}.http`), response);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => server.close().closeAllConnections());
  return Object.assign(served, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` });
}

async function play(file: string, response: ServerResponse): Promise<void> {
  const [head = "", ...parts] = readFileSync(file, "utf8").split("\n\n");
  const [status = "", ...headers] = head.split("\n");
  const body = Buffer.from(parts.join("\n\n"));
  response.writeHead(
    Number(status.split(" ")[1]),
    headers.flatMap((line) => line.split(/: (.*)/u).slice(0, 2)),
  );
  for (let place = 0; place < body.length && !response.destroyed; place += 37)
    await new Promise((resolve) => response.write(body.subarray(place, place + 37), resolve));
  response.end();
}
