import { readdirSync, readFileSync } from "node:fs";

/**
 * Bytes of memory of a process with all that came from it, pages that they share counted once. Linux; needs the right
 * to look at them.
 */
export function treeMemory(root: number): number {
  const children = new Map<number, number[]>();
  for (const pid of pids()) {
    const parent = parentOf(pid);
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const sum = (pid: number): number =>
    proportionalBytes(pid) + (children.get(pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return sum(root);
}

function pids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .map(Number);
}

/** null where the process has gone. */
function parentOf(pid: number): number | null {
  const [, parent] = /\) \S (\d+) /u.exec(readOr(`/proc/${pid}/stat`)) ?? [];
  return parent === undefined ? null : Number(parent);
}

function proportionalBytes(pid: number): number {
  const [, kibibytes = "0"] = /^Pss:\s+(\d+) kB$/mu.exec(readOr(`/proc/${pid}/smaps_rollup`)) ?? [];
  return Number(kibibytes) * 1024;
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
