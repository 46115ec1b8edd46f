import { createStop, interrupted } from "../system/abort.js";

/**
 * Milliseconds after which a command that was told to stop is ended, whatever it is at: nobody waits longer at a
 * prompt.
 */
const patience = 1700;

/**
 * Does the work of a command with a signal that Ctrl-C, or being asked to end, aborts; then fails as interrupted. Asked
 * a second time, or where the work does not end, the process ends at once, and with it what it has started.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, ...controller } = listen();
  try {
    return await work(signal);
  } catch (error) {
    throw signal.aborted ? interrupted() : error;
  } finally {
    controller.release();
  }
}

function listen(): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = createStop();
  const stop = () => {
    if (controller.signal.aborted) endNow();
    setTimeout(endNow, patience).unref();
    controller.abort();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of signals) process.on(name, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, stop);
    },
  };
}

function endNow(): void {
  process.exit(130);
}
