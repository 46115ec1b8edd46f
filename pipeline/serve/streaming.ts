import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Piece } from "./answering.js";
import { serveError } from "./errors.js";

/** Milliseconds after which a stream begins though nothing is there to be sent: clients wait for its head no longer. */
const patience = 15_000;

/**
 * Sends an answer as a stream of events, which begins with its first piece: what goes wrong before that is an answer
 * with a status, as it would be of a request without a stream.
 *
 * @param write writes the answer, and tells it piece by piece
 * @param stop aborted when nobody listens any more
 */
export async function streamed(
  context: Context,
  { write, stop }: { readonly write: (send: (piece: Piece) => void) => Promise<void>; readonly stop: AbortController },
): Promise<Response> {
  const early: Piece[] = [];
  let send = (piece: Piece): void => void early.push(piece);
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const timer = setTimeout(begin, patience);
  const written = write((piece) => {
    send(piece);
    begin();
  });
  try {
    await Promise.race([begun, written]);
  } finally {
    clearTimeout(timer);
  }
  return streamSSE(context, async (stream) => {
    stream.onAbort(() => stop.abort());
    const sending: Promise<void>[] = [];
    send = (piece) => void sending.push(stream.writeSSE({ data: JSON.stringify(piece) }));
    for (const piece of early) send(piece);
    try {
      await written;
      await Promise.all(sending);
      await stream.writeSSE({ data: "[DONE]" });
    } catch (error) {
      if (!stop.signal.aborted) await stream.writeSSE({ data: JSON.stringify(serveError(error).body) });
    }
  });
}
