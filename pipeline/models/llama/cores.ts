import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/**
 * Threads that inference may take in all: the physical cores that this process may use, less two for the rest of the
 * machine; at least one, and all of them on a machine of two.
 */
export function inferenceThreads(cores = physicalCores()): number {
  return cores <= 2 ? cores : Math.max(1, cores - 2);
}

/** A second thread on one core does not help arithmetic, so that siblings count once. */
function physicalCores(): number {
  const usable = availableParallelism();
  try {
    const folder = "/sys/devices/system/cpu";
    const siblings = readdirSync(folder)
      .filter((name) => /^cpu\d+$/u.test(name))
      .map((name) => readFileSync(`${folder}/${name}/topology/thread_siblings_list`, "utf8").trim());
    return Math.max(1, Math.min(usable, new Set(siblings).size));
  } catch {
    // Not Linux, or a container that hides the topology.
    return Math.max(1, usable);
  }
}
