import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** A control group: the kernel's own list of everything that a command started, also of what it left behind. */
export interface ProcessGroup {
  /** A shell line that moves itself into the group and becomes the command. */
  readonly enter: (command: readonly string[]) => readonly [string, readonly string[]];
  /** Processes that are alive in the group. */
  readonly members: () => number[];
  readonly remove: () => void;
}

/** Throws where this machine lets nobody make control groups: it takes Linux and root. */
export function createProcessGroup(name: string): ProcessGroup {
  const parent = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"].find((folder) => existsSync(join(folder, "cgroup.procs")));
  if (parent === undefined) throw new Error("no control groups here: run this as root on Linux");
  const folder = join(parent, `${name}-${process.pid}`);
  mkdirSync(folder);
  const members = () => readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  return {
    enter: (command) => ["sh", ["-c", `echo $$ > ${folder}/cgroup.procs; exec "$@"`, "sh", ...command]],
    members,
    remove: () => rmdirSync(folder),
  };
}
