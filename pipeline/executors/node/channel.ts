import type { Duplex } from "node:stream";

/** A way for messages to and from another process: each is plain JSON, and comes whole and in order. */
export interface Channel {
  post(message: unknown): void;
  on(listener: (message: unknown) => void): void;
  /** Resolves when the other side is gone, or the channel was closed. */
  readonly closed: Promise<void>;
  close(): void;
}

/**
 * Messages over a stream of bytes (a socket, the pipes of a child), one a line.
 *
 * @example
 *   createServer(async (socket) => {
 *     const executor = await connectNode(streamChannel(socket));
 *   });
 */
export function streamChannel(stream: Duplex): Channel {
  let listen: (message: unknown) => void = () => undefined;
  let begun: string[] = [];
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const [first = "", ...others] = text.split("\n");
    begun.push(first);
    for (const next of others) {
      const line = begun.join("");
      begun = [next];
      listen(JSON.parse(line));
    }
  });
  // Why it broke does not matter to who talks: "close" follows.
  stream.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => {
    stream.once("close", resolve);
  });
  return {
    post: (message) => void (stream.writable && stream.write(`${JSON.stringify(message)}\n`)),
    on: (listener) => {
      listen = listener;
    },
    closed,
    close: () => void stream.destroy(),
  };
}
