import { setMaxListeners } from "node:events";
import { PipelineError } from "./errors.js";

/** The error of what was stopped before it was done. */
export function interrupted(what = "interrupted"): PipelineError {
  return new PipelineError(what, { code: "interrupted" });
}

/** Something to stop work with. However much listens to its signal is no leak. */
export function createStop(): AbortController {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  return stop;
}

/** Aborted as soon as one of the signals is. However much listens to it is no leak. */
export function anyOf(signals: readonly AbortSignal[]): AbortSignal {
  const any = AbortSignal.any([...signals]);
  setMaxListeners(0, any);
  return any;
}

/** One that is stopped too when `signal` is; `release` ends that, and has to be called where the signal lives on. */
export function createStopWithin(signal: AbortSignal | undefined): {
  readonly stop: AbortController;
  readonly release: () => void;
} {
  const stop = createStop();
  const abort = (): void => stop.abort();
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });
  return { stop, release: () => signal?.removeEventListener("abort", abort) };
}

/** What `work` gives, or a PipelineError `interrupted` as soon as the signal is aborted: the work itself goes on. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  let leave = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    leave = () => reject(interrupted());
  });
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

/** What a service has in hand: all of it can be stopped, and waited for. */
export class WorkInHand {
  /** Aborted when the work is to stop. */
  readonly signal: AbortSignal;
  readonly #stop: AbortController;
  readonly #release: () => void;
  readonly #running = new Set<Promise<unknown>>();

  /** @param within the signal of the run, which stops the work too */
  constructor(within: AbortSignal) {
    const { stop, release } = createStopWithin(within);
    this.#stop = stop;
    this.#release = release;
    this.signal = stop.signal;
  }

  /** Begins no work that is not wanted any more. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.signal.aborted) throw interrupted();
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** The same api, each of whose calls is work in hand. */
  guard<T extends object>(api: T): T {
    const methods = Object.entries(api) as [string, (...args: readonly unknown[]) => Promise<unknown>][];
    return Object.fromEntries(
      methods.map(([name, method]) => [name, (...args: readonly unknown[]) => this.run(() => method(...args))]),
    ) as T;
  }

  abort(): void {
    this.#stop.abort();
    this.#release();
  }

  /** Resolves when nothing is in hand any more. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}
