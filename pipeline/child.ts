import { createInterface } from "node:readline";
import { execa } from "execa";
import { type ErrorCode, PipelineError } from "./errors.js";

interface ChildOptions {
  readonly cwd?: string;
  /** Variables beside those of this process; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Kills the child, with all that it started. */
  readonly signal?: AbortSignal;
  /** Milliseconds that the signal leaves the child to end by itself, after SIGTERM; 0 unless told. */
  readonly grace?: number;
  /** Called with each line of its standard output as it comes. */
  readonly onLine?: (line: string) => void;
  /** Text for its standard input, which is empty otherwise. */
  readonly input?: string;
  /** Code of the error that a failure becomes; "internal" unless told. */
  readonly code?: ErrorCode;
}

interface ChildOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** A child that ended with another status than 0: the message ends with its last lines. */
export class ChildError extends PipelineError {
  /** Exit status; 127 where the command was not found, 128 + n where signal n ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(command: string, code: ErrorCode, { status, stdout, stderr }: ChildOutput & { readonly status: number }) {
    super(status === 127 ? `${command} was not found` : `${command} failed (exit status ${status}): ${lastLines(stderr) || lastLines(stdout) || "it said nothing"}`, { code });
    this.status = status;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/**
 * Runs a command to its end and answers its output (UTF-8, without the last line feed). Throws a ChildError where it
 * fails, a PipelineError `interrupted` where the signal stops it. However this process ends, by SIGKILL too, the
 * child ends with it, and so does all that the child started and left in its process group.
 */
export async function runChild(command: string, args: readonly string[], { cwd, env, signal, grace = 0, onLine, input = "", code = "internal" }: ChildOptions = {}): Promise<ChildOutput> {
  if (signal?.aborted) throw interrupted(command);
  const child = execa("/bin/sh", ["-c", endWithParent, "sh", command, ...args], {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    input,
    detached: true, // a process group of its own: Ctrl-C on the terminal is for this process, and a stop reaches all of the group
    reject: false,
    ...(cwd !== undefined && { cwd }),
    ...(env && { env }),
  });
  if (onLine !== undefined) createInterface({ input: child.stdout }).on("line", onLine);
  let patience: NodeJS.Timeout | undefined;
  const stop = () => {
    if (grace === 0) return killGroup(child.pid);
    signalProcess(child.pid, "SIGTERM");
    patience = setTimeout(() => killGroup(child.pid), grace);
  };
  signal?.addEventListener("abort", stop);
  try {
    const { exitCode, stdout, stderr, shortMessage } = await child;
    if (signal?.aborted) throw interrupted(command);
    if (exitCode === 0) return { stdout, stderr };
    throw new ChildError(command, code, { status: exitCode ?? 1, stdout, stderr: stderr || shortMessage || "" });
  } finally {
    signal?.removeEventListener("abort", stop);
    clearTimeout(patience);
  }
}

/**
 * The command beside a watcher that waits for the end of descriptor 3. Only this process holds the other end:
 * when it is gone, the watcher kills the process group, itself included. SIGTERM is passed on to the command, and ends
 * the wait for it, which begins again.
 */
const endWithParent = `
exec 4<&0
"$@" <&4 3<&- 4<&- &
command=$!
{ read -r _ <&3; kill -KILL 0; } </dev/null >/dev/null 2>&1 4<&- &
watcher=$!
exec 3<&- 4<&-
trap 'kill -TERM "$command" 2>/dev/null' TERM
wait "$command" 2>/dev/null
status=$?
while kill -0 "$command" 2>/dev/null; do
  wait "$command" 2>/dev/null
  status=$?
done
kill "$watcher"
exit "$status"`;

function killGroup(pid: number | undefined): void {
  signalProcess(pid === undefined ? undefined : -pid, "SIGKILL");
}

function signalProcess(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it has just ended
  }
}

function interrupted(command: string): PipelineError {
  return new PipelineError(`${command} was interrupted`, { code: "interrupted" });
}

function lastLines(output: string): string {
  return output.trim().split("\n").slice(-5).join("\n").slice(-1000);
}
