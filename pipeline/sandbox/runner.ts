import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { z } from "zod";
import { interrupted } from "../system/abort.js";
import { signalProcess } from "../system/child.js";
import { PipelineError } from "../system/errors.js";
import { packageRoot } from "../system/paths.js";
import { containerCommand, findContainer } from "./container.js";
import { Greeting } from "./protocol.js";
import type { RunnerConfig } from "./runner-config.js";

/** Milliseconds that a runner has to end by itself. */
const timeToEnd = 600;

/** The runner has ended before it answered. */
export class RunnerLost extends Error {
  override readonly name = "RunnerLost";
}

/**
 * A Python process that forks a confined child for every request; one request at a time.
 * It ends, with all that it started, when its stdin closes: also when this process is killed.
 */
export class Runner {
  /** A PipelineError `sandbox` where confinement or Python cannot be had, `interrupted` where the signal stops it. */
  static async start(config: RunnerConfig, signal: AbortSignal): Promise<Runner> {
    if (signal.aborted) throw interrupted();
    const runner = new Runner(await runnerCommand(config));
    const greeting = await runner.#greet(signal);
    if ("failed" in greeting) {
      await runner.close();
      throw new PipelineError(`Python cannot start in the sandbox: ${greeting.failed}`, {
        code: "sandbox",
        hint:
          "Started by root, it runs as a user of its own: the interpreter, the cache folder and the source must " +
          "be readable for everyone.",
        cause: new Error(greeting.failed),
      });
    }
    return runner;
  }

  /** Modules of the source that it has loaded. */
  readonly warm = new Set<string>();
  /** The target, as JSON, whose mutants it has made; those of one target at a time. */
  mutants: string | null = null;
  readonly #child: ChildProcess;
  readonly #end: () => Promise<void>;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  readonly #exited: Promise<unknown>;
  #stderr = "";

  private constructor({ command, args, env, end }: RunnerCommand) {
    this.#end = end;
    this.#child = spawn(command, args, {
      ...(env && { env }),
      cwd: "/",
      detached: true, // Ctrl-C on the terminal is for this process, which closes its runners
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#exited = once(this.#child, "close").catch((error: Error) => {
      this.#stderr += error.message;
    });
    this.#child.stdin?.on("error", () => {}); // told by the missing answer
    this.#child.stderr?.on("data", (data: Buffer) => {
      this.#stderr = (this.#stderr + data.toString()).slice(-2000);
    });
    if (!this.#child.stdout) throw new RunnerLost("no output pipe");
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  async ask<T>(request: unknown, schema: z.ZodType<T>): Promise<T> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    return this.#answer(schema);
  }

  /** Ends it, with all that it started: it does so itself, and is killed where it does not. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    const patience = setTimeout(() => this.#kill(), timeToEnd);
    await this.#exited;
    clearTimeout(patience);
    this.#reader.close();
  }

  /** The supervisor first: the watcher above it then ends whatever is left below it. */
  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    void this.#end();
    for (const supervisor of childrenOf(pid)) signalProcess(supervisor, "SIGKILL");
    setTimeout(() => {
      signalProcess(-pid, "SIGKILL");
      // What has left the group may hold them open.
      this.#child.stdout?.destroy();
      this.#child.stderr?.destroy();
    }, timeToEnd / 2).unref();
  }

  async #greet(signal: AbortSignal): Promise<z.infer<typeof Greeting>> {
    const stop = (): void => void this.close();
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await this.#answer(Greeting);
    } catch (error) {
      await this.close();
      throw signal.aborted ? interrupted() : error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async #answer<T>(schema: z.ZodType<T>): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) {
      await this.#exited;
      throw new RunnerLost(this.#stderr.trim().split("\n").at(-1) || "the sandbox's runner has ended");
    }
    return schema.parse(JSON.parse(value));
  }
}

interface RunnerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** This process's own where it is missing. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends what a signal to the command does not reach. */
  readonly end: () => Promise<void>;
}

async function runnerCommand(whole: RunnerConfig): Promise<RunnerCommand> {
  const { python, hashSeed, ...config } = whole;
  const folder = join(packageRoot, "pipeline/sandbox/python");
  // All that code under test may see of an environment.
  const env = {
    PATH: "/usr/bin:/bin",
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    PYTHONUTF8: "1",
    PYTHONHASHSEED: String(hashSeed),
    PYTHONDONTWRITEBYTECODE: "1",
    PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1",
  };
  if (config.backend === "container")
    return containerCommand(whole, env, { ...(await findContainer()), runner: folder });
  const args = ["-s", "-S", "-B", join(folder, "main.py"), JSON.stringify(config)];
  return { command: python, args, env, end: async () => undefined };
}

/** Linux's; elsewhere none are found, and the group is all that there is. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
