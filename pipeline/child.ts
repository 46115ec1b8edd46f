import { execa } from "execa";
import { type ErrorCode, PipelineError } from "./errors.js";

interface ChildOptions {
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the child and all that it started. */
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** Code of the error where the child fails; "internal" unless told. */
  readonly code?: ErrorCode;
}

/** Asks the kernel for SIGKILL when the parent dies, then becomes the command: a child must not outlive a killed run. */
const dieWithParent = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execvp(sys.argv[1], sys.argv[1:])";

/**
 * Runs a command to its end and answers what it printed.
 * Throws a PipelineError with the last lines of its standard error where it fails or cannot be started.
 */
export async function runChild(command: string, args: readonly string[], options: ChildOptions = {}): Promise<{ stdout: string; stderr: string }> {
  const { cwd, env, signal, input, code = "internal" } = options;
  const [file, allArgs] = process.platform === "linux" ? ["python3", ["-c", dieWithParent, command, ...args]] : [command, [...args]];
  const child = execa(file, allArgs, {
    reject: false,
    // A group of its own: an abort then reaches what the child started too, and Ctrl-C in a terminal reaches this process alone.
    detached: true,
    ...(input === undefined ? { stdin: "ignore" } : { input }),
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
  });
  const killGroup = () => {
    if (child.pid !== undefined) killQuietly(-child.pid);
  };
  signal?.addEventListener("abort", killGroup, { once: true });
  if (signal?.aborted === true) killGroup();
  const result = await child;
  signal?.removeEventListener("abort", killGroup);
  const { stdout, stderr } = result;
  if (signal?.aborted === true) throw new PipelineError("interrupted", { code: "interrupted" });
  if (result.failed) {
    const said = lastLines(stderr) || lastLines(stdout) || result.shortMessage;
    throw new PipelineError(`${[command, ...args].slice(0, 4).join(" ")} failed: ${said}`, { code, cause: result });
  }
  return { stdout, stderr };
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-3).join("\n");
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}
