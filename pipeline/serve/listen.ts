import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";
import { PipelineError } from "../system/errors.js";

/**
 * Serves an app until the signal is aborted; what is being answered then is cut off. Throws a PipelineError (usage)
 * where it cannot listen there.
 *
 * @param onListening told the base of its addresses: http://127.0.0.1:8080
 */
export async function listenUntil(
  app: Pick<Hono, "fetch">,
  { host, port, signal, onListening }: Listening,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (address: AddressInfo) => {
      onListening(`http://${host.includes(":") ? `[${host}]` : host}:${address.port}`);
    });
    server.on("error", (error: NodeJS.ErrnoException) => reject(cannotListen(error, { host, port })));
    const close = (): void => {
      server.close(() => resolve());
      if ("closeAllConnections" in server) server.closeAllConnections();
    };
    if (signal.aborted) close();
    signal.addEventListener("abort", close, { once: true });
  });
}

interface Listening {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly signal: AbortSignal;
  readonly onListening: (base: string) => void;
}

function cannotListen(error: NodeJS.ErrnoException, { host, port }: Pick<Listening, "host" | "port">): PipelineError {
  const isTaken = error.code === "EADDRINUSE";
  return new PipelineError(`cannot listen at ${host}:${port}: ${isTaken ? "another program does" : error.message}`, {
    code: "usage",
    hint: isTaken ? "take another one with --port, or any that is free with --port 0" : "check --host and --port",
    cause: error,
  });
}
