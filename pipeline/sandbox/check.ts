import type { CheckJob, CheckLimits, CheckOutput, CheckResult } from "../contract/checker.js";
import { strayPath } from "../system/files/relative-path.js";
import { parseJson } from "../system/files/parse-json.js";
import { PipelineError } from "../system/errors.js";
import { toolConfig, type CheckerPlace } from "./checker-tool.js";
import { childLimits, withAnother } from "./patience.js";
import { CommandEnd, StartFailure, type CommandLimits } from "./protocol.js";
import { requireSafeSockets } from "./sockets.js";
import { RunnerLost } from "./runner.js";

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const usualLimits: CheckLimits = { timeout: 10, memory: 1024, processes: 64, disk: 256, output: 64 };
/** How much more a command may write than is answered. */
const OUTPUT_FACTOR = 64;

const ONE = "{file}";
const ALL = "{files}";

/**
 * Runs the tool on the files: in a process each, or on all of them in one. Every process has a new work folder; the
 * confinement around it is made once for as many as are in flight.
 */
export async function check(job: CheckJob, place: CheckerPlace): Promise<CheckResult[]> {
  const limits = { ...usualLimits, ...job.limits };
  for (const { path } of [...job.files, ...(job.beside ?? [])]) requireInside(path);
  if (job.tool.sockets ?? false) await requireSafeSockets(job.tool, place);
  if (job.files.length === 0) return [];
  const run = (paths: readonly string[], files: CheckJob["files"]): Promise<CheckResult> =>
    runCommand({ ...job, arguments: withPaths(job.arguments, paths), files }, limits, place);
  if (job.arguments.includes(ALL)) {
    const result = await run(
      job.files.map(({ path }) => path),
      job.files,
    );
    return job.files.map(() => result);
  }
  return await Promise.all(job.files.map(async (file) => await run([file.path], [file])));
}

/** The arguments with the files' paths in the places that are left for them. */
function withPaths(given: readonly string[], paths: readonly string[]): string[] {
  return given.flatMap((each) => (each === ALL ? paths : each.replaceAll(ONE, paths[0] ?? "")));
}

async function runCommand(job: CheckJob, limits: CheckLimits, place: CheckerPlace): Promise<CheckResult> {
  const config = toolConfig(job.tool, limits.disk * MIB, place);
  const request = {
    job: "command",
    argv: [job.tool.command, ...(job.tool.leading ?? []), ...job.arguments],
    environment: job.tool.environment ?? {},
    files: [...(job.beside ?? []), ...job.files].map(({ path, text }) => [path, text]),
    limits: { ...commandLimits(limits), sockets: job.tool.sockets ?? false },
  };
  const run = (alone: boolean): Promise<CommandEnd> =>
    withAnother(() => place.pool.use(config, (runner) => runner.ask(request, CommandEnd), { alone }));
  try {
    const end = await run(false);
    return result(end.limit === "wall" ? await run(true) : end, job);
  } catch (error) {
    if (!(error instanceof RunnerLost)) throw error;
    return { type: "infra", detail: error.message.slice(0, 300) };
  }
}

function commandLimits({ timeout, memory, processes, disk, output }: CheckLimits): Omit<CommandLimits, "sockets"> {
  return {
    ...childLimits(timeout, memory),
    processes,
    disk: disk * MIB,
    kept: output * KIB,
    output: output * KIB * OUTPUT_FACTOR,
  };
}

function result(end: CommandEnd, { tool }: CheckJob): CheckResult {
  const failure = StartFailure.safeParse(parseJson(end.report));
  if (failure.success && end.limit === null && end.status === 127)
    throw new PipelineError(`the checker ${tool.command} cannot be started in the sandbox: ${failure.data.failed}`, {
      code: "sandbox",
      hint:
        "Install it below /usr, or name the folders that it is installed in under `readable`, " +
        "and those of its commands in the variable PATH.",
    });
  const own = end.limit === null && end.status >= 0;
  return {
    type: "ran",
    exitCode: own ? end.status : null,
    signal: end.status < 0 ? -end.status : null,
    ended: reason(end),
    stdout: shown(end.stdout),
    stderr: shown(end.stderr),
    seconds: end.seconds,
    peakMemory: Math.max(end.peak, end.largest),
  };
}

type Ended = Extract<CheckResult, { type: "ran" }>["ended"];

const SIGKILL = -9;
const SIGXCPU = -24;
const SIGXFSZ = -25;

function reason({ limit, status }: CommandEnd): Ended {
  const bySignal: Readonly<Record<number, Ended>> = { [SIGKILL]: "killed", [SIGXCPU]: "timeout", [SIGXFSZ]: "disk" };
  if (limit === null) return bySignal[status] ?? null;
  if (limit === "cpu" || limit === "idle" || limit === "wall") return "timeout";
  return limit === "report" ? "output" : limit;
}

function shown({ text, isCut }: CheckOutput): CheckOutput {
  return { text, isCut };
}

function requireInside(path: string): void {
  const reason = path.startsWith("-") ? "it would be taken for an option" : strayPath(path);
  if (reason !== null)
    throw new PipelineError(`expected the path of a file inside the work folder, got "${path}": ${reason}`, {
      code: "usage",
      hint: "Give each file a relative path with / between its parts.",
    });
}
