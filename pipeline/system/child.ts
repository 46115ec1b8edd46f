import { interrupted } from "./abort.js";
import { type ErrorCode, PipelineError } from "./errors.js";

interface ChildOptions {
  readonly cwd?: string;
  /** Variables beside those of this process; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Kills the child, with all that it started. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that the signal leaves the child to end by itself, after SIGTERM; 0 unless told. */
  readonly grace?: number;
  /** Called with each line of its standard output as it comes; then nothing but the end of it is kept. */
  readonly onLine?: (line: string) => void;
  /** The same of its standard error. */
  readonly onErrorLine?: (line: string) => void;
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
    const said = lastLines(stderr) || lastLines(stdout) || "it said nothing";
    super(status === 127 ? `${command} was not found` : `${command} failed (exit status ${status}): ${said}`, { code });
    this.status = status;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/**
 * Runs a command to its end and answers its output (UTF-8, without the last line feed): all of the standard output
 * where nobody reads it by line, and else the end of it. Throws a ChildError where it fails, a PipelineError
 * `interrupted` where the signal stops it. However this process ends, by SIGKILL too, the child ends with it, and so
 * does all that the child started and left in its process group.
 */
export async function runChild(
  command: string,
  args: readonly string[],
  { cwd, env, signal, grace = 0, onLine, onErrorLine, input = "", code = "internal" }: ChildOptions = {},
): Promise<ChildOutput> {
  if (signal?.aborted) throw interrupted(`${command} was interrupted`);
  // Loaded with the first child: every command would wait for it.
  const { execa } = await import("execa");
  const lastOutput = new LastLines(onLine);
  const lastErrors = new LastLines(onErrorLine);
  const child = execa("/bin/sh", ["-c", endWithParent, "sh", command, ...args], {
    // What is kept whole is bounded, and a child that says more is ended; what is read by line is not.
    stdio: ["pipe", onLine === undefined ? "pipe" : lastOutput.take, lastErrors.take, "pipe"],
    input,
    // a process group of its own: Ctrl-C on the terminal is for this process, and a stop reaches all of the group
    detached: true,
    reject: false,
    ...(cwd !== undefined && { cwd }),
    ...(env && { env }),
  });
  let patience: NodeJS.Timeout | undefined;
  const kill = () => {
    signalProcess(child.pid === undefined ? undefined : -child.pid, "SIGKILL");
    // What has left the group may hold them open.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const stop = () => {
    if (grace === 0) return kill();
    signalProcess(child.pid, "SIGTERM");
    patience = setTimeout(kill, grace);
  };
  signal?.addEventListener("abort", stop);
  try {
    const { exitCode, stdout, shortMessage } = await child;
    if (signal?.aborted) throw interrupted(`${command} was interrupted`);
    const output = { stdout: onLine === undefined ? stdout : lastOutput.text, stderr: lastErrors.text };
    if (exitCode === 0) return output;
    throw new ChildError(command, code, {
      status: exitCode ?? 1,
      stdout: output.stdout,
      stderr: output.stderr || shortMessage || "",
    });
  } finally {
    signal?.removeEventListener("abort", stop);
    clearTimeout(patience);
    // A command that ends politely may leave behind what it has started.
    if (signal?.aborted) kill();
  }
}

/** Hands over the lines of an output as they come, and keeps the end of it. */
class LastLines {
  #lines: string[] = [];
  #length = 0;

  constructor(private readonly onLine: (line: string) => void = () => undefined) {}

  /** Takes a line, and passes none on. */
  readonly take = function* take(this: LastLines, line: unknown): Generator<string> {
    const text = String(line);
    this.onLine(text);
    this.#lines.push(text);
    this.#length += text.length + 1;
    if (this.#length > 2 * keptOutput) {
      this.#lines = [this.text];
      this.#length = keptOutput;
    }
    yield* [];
  }.bind(this);

  get text(): string {
    return this.#lines.join("\n").slice(-keptOutput);
  }
}

/** Characters of the end of an output that is read by line. */
const keptOutput = 1_000_000;

/**
 * The command beside a watcher that waits for the end of descriptor 3. Only this process holds the other end:
 * when it is gone, the watcher kills the process group, itself included. SIGTERM is passed on to the command, whenever
 * it comes, and ends the wait for it, which begins again. The watcher is started before that is so, or it could miss
 * its own.
 */
const endWithParent = `
command= stopped=
exec 4<&0
{ read -r _ <&3; kill -KILL 0; } </dev/null >/dev/null 2>&1 4<&- &
watcher=$!
trap 'stopped=1; kill -TERM $command 2>/dev/null' TERM
"$@" <&4 3<&- 4<&- &
command=$!
[ -z "$stopped" ] || kill -TERM "$command"
exec 3<&- 4<&-
wait "$command" 2>/dev/null
status=$?
while kill -0 "$command" 2>/dev/null; do
  wait "$command" 2>/dev/null
  status=$?
done
kill "$watcher"
exit "$status"`;

/**
 * Sends a signal to a process, or to all of a process group (its number negated). False where nothing of it is there
 * any more.
 */
export function signalProcess(pid: number | undefined, signal: NodeJS.Signals): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

function lastLines(output: string): string {
  return output.trim().split("\n").slice(-5).join("\n").slice(-1000);
}
