import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const groups = [
  { parent: "/sys/fs/cgroup/memory", file: "memory.limit_in_bytes" },
  { parent: "/sys/fs/cgroup", file: "memory.max" },
];
const found = groups.find(
  ({ parent }) =>
    process.getuid?.() === 0 && existsSync(join(parent, "cgroup.procs")) && existsSync(join(parent, "memory.stat")),
);

/** Whether a control group with a limit of its own can be made here. */
export const canLimitMemory = found !== undefined;

/** What a script prints that runs in a control group of so many bytes. */
export function runInMemory(bytes: number, script: string): string {
  const { parent = "", file = "" } = found ?? {};
  const group = join(parent, `test-memory-limit-${process.pid}`);
  mkdirSync(group);
  onTestFinished(() => rmdirSync(group));
  writeFileSync(join(group, file), String(bytes));
  const command = `echo $$ > ${group}/cgroup.procs; exec "$@"`;
  return execFileSync("sh", ["-c", command, "sh", process.execPath, "--input-type=module", "-e", script], {
    encoding: "utf8",
  });
}
