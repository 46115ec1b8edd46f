import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { onTestFinished } from "vitest";

/** A model hub on loopback with one repository: just what a download needs, as Hugging Face's API documents it. */
export interface HubServer {
  readonly url: string;
  readonly commit: string;
  /** Range headers of the downloads so far. */
  readonly ranges: string[];
  /** Paths of the downloads so far. */
  readonly downloads: string[];
  /** Bytes after which each coming download is cut; the ones after those are whole. */
  readonly cuts: number[];
  /** Bytes after which each coming download waits until it is let go on; those that wait, in order. */
  readonly holds: number[];
  readonly held: (() => void)[];
  /** Tokens that the requests so far came with. */
  readonly tokens: (string | undefined)[];
  /** Whether a licence has to be accepted, and whose tokens have. */
  gated: { readonly accepted: readonly string[] } | null;
}

interface HubFile {
  readonly path: string;
  readonly content: Buffer;
  /** What the hub claims; that of the content unless told. */
  readonly sha256?: string;
  /** Whether it is stored as a large file, whose SHA-256 the hub tells; true unless told. */
  readonly large?: boolean;
}

export async function startHub({
  repository,
  files,
}: {
  readonly repository: string;
  readonly files: readonly HubFile[];
}): Promise<HubServer> {
  const commit = "c".repeat(40);
  const hub = {
    commit,
    ranges: [] as string[],
    downloads: [] as string[],
    cuts: [] as number[],
    holds: [] as number[],
    held: [] as (() => void)[],
    tokens: [] as (string | undefined)[],
    gated: null as HubServer["gated"],
  };
  const entries = files.map(
    ({ path, content, sha256 = createHash("sha256").update(content).digest("hex"), large = true }) => ({
      path,
      content,
      sha256,
      entry: {
        type: "file",
        path,
        oid: "1",
        size: content.length,
        ...(large && { lfs: { oid: sha256, size: content.length, pointerSize: 134 } }),
      },
    }),
  );
  const folders = [...new Set(files.map(({ path }) => dirname(path)).filter((folder) => folder !== "."))];
  const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
    [`GET /api/models/${repository}/revision/main`]: (_request, response) =>
      json(response, {
        _id: "1",
        id: repository,
        sha: commit,
        private: false,
        gated: hub.gated === null ? false : "auto",
        downloads: 0,
        likes: 0,
        lastModified: "2025-01-01T00:00:00.000Z",
      }),
    ...Object.fromEntries(
      ["", ...folders].map((folder) => [
        `GET /api/models/${repository}/tree/${commit}${folder === "" ? "" : `/${folder}`}`,
        (_request: IncomingMessage, response: ServerResponse) =>
          json(response, [
            ...(folder === "" ? folders.map((path) => ({ type: "directory", path, oid: "1", size: 0 })) : []),
            ...entries
              .filter(({ path }) => (dirname(path) === "." ? "" : dirname(path)) === folder)
              .map(({ entry }) => entry),
          ]),
      ]),
    ),
    [`POST /api/models/${repository}/paths-info/${commit}`]: (request, response) => {
      let body = "";
      request
        .on("data", (chunk: Buffer) => {
          body += chunk.toString();
        })
        .on("end", () => {
          const { paths } = JSON.parse(body) as { paths: string[] };
          json(
            response,
            entries.filter(({ path }) => paths.includes(path)).map(({ entry }) => entry),
          );
        });
    },
    ...Object.fromEntries(
      entries.map(({ path, content, sha256 }) => [
        `GET /${repository}/resolve/${commit}/${path}`,
        (request: IncomingMessage, response: ServerResponse) => {
          const token = request.headers.authorization?.replace("Bearer ", "");
          if (hub.gated !== null && !hub.gated.accepted.includes(token ?? "")) {
            response
              .writeHead(token === undefined ? 401 : 403, { "X-Error-Code": "GatedRepo" })
              .end(`Access to model ${repository} is restricted.`);
            return;
          }
          const [, from = "0", to = `${content.length - 1}`] =
            /^bytes=(\d+)-(\d+)$/u.exec(request.headers.range ?? "") ?? [];
          const part = content.subarray(Number(from), Number(to) + 1);
          response.writeHead(request.headers.range === undefined ? 200 : 206, {
            "Content-Length": part.length,
            "Content-Range": `bytes ${from}-${to}/${content.length}`,
            ETag: `"${sha256}"`,
          });
          // The first byte alone is how a client asks for the size.
          const isProbe = part.length === 1 && content.length > 1;
          if (!isProbe) {
            hub.ranges.push(request.headers.range ?? "all");
            hub.downloads.push(path);
          }
          const cut = isProbe ? undefined : hub.cuts.shift();
          const hold = isProbe ? undefined : hub.holds.shift();
          if (hold !== undefined)
            response.write(part.subarray(0, hold), () => hub.held.push(() => response.end(part.subarray(hold))));
          else if (cut === undefined) response.end(part);
          else response.write(part.subarray(0, cut), () => response.destroy());
        },
      ]),
    ),
  };
  const server = createServer((request, response) => {
    hub.tokens.push(request.headers.authorization);
    const route = routes[`${request.method} ${request.url?.split("?")[0]?.replace(/\/$/u, "")}`];
    if (route !== undefined) return route(request, response);
    response
      .writeHead(404, { "Content-Type": "application/json", "X-Error-Code": "RepoNotFound" })
      .end('{"error":"Repository not found"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => server.close().closeAllConnections());
  return Object.assign(hub, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}
