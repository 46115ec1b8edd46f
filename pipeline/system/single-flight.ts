import { createStop, interrupted } from "./abort.js";

interface Flight {
  readonly outcome: Promise<unknown>;
  readonly stop: AbortController;
  askers: number;
}

/**
 * At most one computation in flight a key. Who asks for a key meanwhile shares it, a failure too. Each asker may leave
 * by its own signal: the others still get their answer, and the computation is stopped when the last one has left.
 */
export class SingleFlight {
  readonly #flights = new Map<string, Flight>();

  /**
   * The value for the key, by `compute` where nothing computes it already; `shared` where another asker had begun it.
   * Throws a PipelineError `interrupted` where the asker's signal stops it: at once where others stay, else when the
   * computation has ended.
   */
  async ask<T>(
    key: string,
    compute: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<{ readonly value: T; readonly shared: boolean }> {
    while (true) {
      if (signal?.aborted === true) throw interrupted();
      const flight = this.#flights.get(key);
      if (flight === undefined) return { value: await answer<T>(this.#begin(key, compute), signal), shared: false };
      if (!flight.stop.signal.aborted) return { value: await answer<T>(flight, signal), shared: true };
      // All its askers have left: what it still has in hand (a file, a process) must not be met by another one.
      await flight.outcome.catch(() => undefined);
    }
  }

  #begin(key: string, compute: (signal: AbortSignal) => Promise<unknown>): Flight {
    const stop = createStop();
    const outcome = (async () => await compute(stop.signal))().finally(() => this.#flights.delete(key));
    const flight: Flight = { outcome, stop, askers: 0 };
    this.#flights.set(key, flight);
    return flight;
  }
}

/** What a flight gives to one more asker, for as long as that one's signal lets it. */
async function answer<T>(flight: Flight, signal: AbortSignal | undefined): Promise<T> {
  flight.askers += 1;
  let leave = (): void => undefined;
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => {
      flight.askers -= 1;
      if (flight.askers > 0) reject(interrupted());
      else flight.stop.abort();
    };
  });
  signal?.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([flight.outcome as Promise<T>, left]);
  } catch (error) {
    throw signal?.aborted === true ? interrupted() : error;
  } finally {
    signal?.removeEventListener("abort", leave);
  }
}
