import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareEnvironment } from "../../pipeline/sandbox/environment.js";
import { probeBackends } from "../../pipeline/sandbox/backends.js";
import { prepareSource } from "../../pipeline/sandbox/prepared.js";
import type { RunnerConfig } from "../../pipeline/sandbox/runner-config.js";
import { RunnerPool } from "../../pipeline/sandbox/pool.js";
import type { SourceTree } from "../../pipeline/contract/sources.js";
import { serviceContext, sourceTree } from "./sandboxed.js";

/** Marks the processes of one run, in the arguments that they share with their runner. */
const marker = "SANDBOX_LIFETIME_TEST";
const daemons = `
import os, time

def test_leaves_daemons():
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            time.sleep(600)
    while True:
        time.sleep(0.01)
`;

let tree: SourceTree;
beforeAll(async () => {
  tree = await sourceTree({ [`${marker}.py`]: "" });
});
afterAll(() => rm(tree.folder, { recursive: true, force: true }));

const available = (await probeBackends(new AbortController().signal))
  .filter(({ available: is }) => is)
  .map(({ name }) => name);

describe.each([...available, "none" as const])("under %s", (backend) => {
  it("nothing is left when the pipeline is killed in the middle of a run", async () => {
    const config = await runnerConfig(backend);
    const pipeline = spawn(process.execPath, ["--input-type=module", "-e", parent], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    pipeline.stdin.end(JSON.stringify(config));
    const [line] = (await once(createInterface({ input: pipeline.stdout }), "line")) as [string];
    expect(line).toBe("the tests run");
    const inRun = await marked(config);
    expect(inRun.length).toBeGreaterThanOrEqual(6); // watcher, supervisor, zygote, child, its daemons

    pipeline.kill("SIGKILL");
    await once(pipeline, "close");
    await vanished(config);
  });

  it("nothing is left when the sandbox is closed", async () => {
    const config = await runnerConfig(backend);
    const pool = new RunnerPool(1);
    await pool.use(config, async () => {
      expect((await marked(config)).length).toBeGreaterThanOrEqual(3);
    });
    await pool.close();
    expect(await marked(config)).toEqual([]);
  });
});

async function runnerConfig(backend: (typeof available)[number] | "none"): Promise<RunnerConfig> {
  const source = await prepareSource(tree, await prepareEnvironment(tree, serviceContext), backend);
  return { ...source.config({ hashSeed: 0 }), shown: [[tree.folder, `${marker}-${backend}`]] };
}

/** Starts a runner as the pipeline does, asks for a run, and says when daemons are about. */
const runnerProgram = new URL("../../pipeline/sandbox/python/main.py", import.meta.url).pathname;
const parent = `
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { readdirSync, readFileSync } from "node:fs";
let text = "";
for await (const part of process.stdin) text += part;
const { python, hashSeed, ...config } = JSON.parse(text);
const runner = spawn(
  python,
  ["-s", "-S", "-B", ${JSON.stringify(runnerProgram)}, JSON.stringify(config)],
  { env: { PYTHONHASHSEED: "0" }, stdio: ["pipe", "pipe", "inherit"], detached: true },
);
createInterface({ input: runner.stdout }).once("line", () => {
  const limits = { cpu: 100, idle: 100, wall: 100, memory: 2 ** 28 };
  const job = { job: "tests", code: ${JSON.stringify(daemons)}, skip: [], nonce: "n", limits };
  runner.stdin.write(JSON.stringify(job) + "\\n");
  const name = JSON.stringify(config.shown[0][1]);
  const count = () => readdirSync("/proc").filter((pid) => {
    try {
      return /^\\d+$/.test(pid) && readFileSync("/proc/" + pid + "/cmdline", "utf8").includes(name);
    } catch {
      return false;
    }
  }).length;
  const timer = setInterval(() => { if (count() >= 7) { clearInterval(timer); console.log("the tests run"); } }, 5);
});
`;

async function marked({ shown }: RunnerConfig): Promise<string[]> {
  const name = JSON.stringify(shown[0]?.[1]);
  const pids = (await readdir("/proc")).filter((pid) => /^\d+$/u.test(pid));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      return command.includes(name) ? [pid] : [];
    }),
  );
  return found.flat();
}

/** Waits for the last process to go; the test's own time limit ends the wait. */
async function vanished(config: RunnerConfig): Promise<void> {
  while ((await marked(config)).length > 0) await new Promise(setImmediate);
}
