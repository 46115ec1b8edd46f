import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";

/**
 * Bytes of memory that this process may use with all that it starts: the machine's, or less where a control group (a
 * container, a service) says so.
 */
export function memoryLimit({ total = totalmem(), constrained = process.constrainedMemory() } = {}): number {
  // 0 or a number near 2^64 where there is no limit, or none is known.
  return constrained > 0 && constrained < total ? constrained : total;
}

/**
 * Bytes of memory that are free now, for this process and all that it starts: what the machine has with what it would
 * give up of its file cache, or less where a control group leaves less. Where nobody tells it so, the limit.
 */
export function freeMemory(): number {
  if (process.platform !== "linux") return memoryLimit();
  const limit = process.constrainedMemory();
  if (limit <= 0 || limit >= totalmem()) return freemem();
  return Math.min(freemem(), process.availableMemory() + fileCacheOfControlGroup());
}

/** What a control group holds of files counts as used, and is given up when memory is wanted. */
function fileCacheOfControlGroup(): number {
  const groups = readFileSync("/proc/self/cgroup", "utf8").split("\n");
  const path = (kind: RegExp): string | undefined => groups.flatMap((line) => kind.exec(line)?.[1] ?? [])[0];
  const [one, two] = [path(/^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/u), path(/^0::(.*)$/u)];
  const folders = [
    ...(one === undefined ? [] : [`/sys/fs/cgroup/memory${one}`, "/sys/fs/cgroup/memory"]),
    ...(two === undefined ? [] : [`/sys/fs/cgroup${two}`, "/sys/fs/cgroup"]),
  ];
  for (const folder of folders) {
    try {
      const stat = readFileSync(`${folder}/memory.stat`, "utf8");
      const value = (name: string): number =>
        Number(new RegExp(String.raw`^(?:total_)?${name} (\d+)$`, "mu").exec(stat)?.[1] ?? 0);
      return value("inactive_file") + value("active_file");
    } catch {
      // Another version of control groups, or a container that shows its own alone.
    }
  }
  return 0;
}
