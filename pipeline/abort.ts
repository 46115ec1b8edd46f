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

/** One that is stopped too when `signal` is; `release` ends that, and has to be called where the signal lives on. */
export function createStopWithin(signal: AbortSignal | undefined): { readonly stop: AbortController; readonly release: () => void } {
  const stop = createStop();
  const abort = (): void => stop.abort();
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });
  return { stop, release: () => signal?.removeEventListener("abort", abort) };
}
