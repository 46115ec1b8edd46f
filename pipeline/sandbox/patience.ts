import type { ChildLimits } from "./protocol.js";
import { RunnerLost } from "./runner.js";

/** Seconds on the clock for a second of CPU time: others may be in the way. */
const WALL_FACTOR = 10;
const LEAST_WALL = 10;
const ATTEMPTS = 3;

/** Limits of a child that may use `timeout` CPU seconds and `memory` MiB. */
export function childLimits(timeout: number, memory: number): ChildLimits {
  return {
    cpu: timeout,
    idle: timeout,
    wall: Math.max(LEAST_WALL, WALL_FACTOR * timeout),
    memory: memory * 2 ** 20,
  };
}

/** A runner that is lost is replaced, by asking again; a RunnerLost is thrown where that keeps happening. */
export async function withAnother<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RunnerLost) || attempt === ATTEMPTS) throw error;
    }
  }
}
