import { randomInt, randomUUID } from "node:crypto";
import { execa } from "execa";
import { runChild } from "../system/child.js";
import { memoryLimit } from "../system/memory.js";
import { PipelineError } from "../system/errors.js";
import type { RunnerConfig } from "./runner-config.js";

/** A command line that starts the runner in a container, and how to end the container where that is killed. */
interface ContainerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly end: () => Promise<void>;
}

/** What to do where no container can be had. */
export const containerFix =
  "install podman or docker, fetch an image with Python 3.10 or newer (podman pull " +
  "docker.io/library/python:3.12-slim) " +
  "and name it by its id or digest: PIPELINE_SANDBOX_IMAGE=python@sha256:...";

/**
 * Ids that no account of an image has, one a container: the system counts the processes of an id over all containers,
 * and what one of them starts must keep no other from starting any.
 */
const USERS = { first: 20_000, last: 60_000 };
const RUNNER = "/mnt/runner";
/** Folders of a container that are made anew: what lies below them on this machine is shown elsewhere. */
const SCRATCH = ["/tmp", "/dev/shm"];
/** The image's own. */
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/proc", "/sys", "/dev"];
const PROCESSES = 1024;
const OPEN_FILES = 4096;
const SCRATCH_BYTES = 64 * 2 ** 20;

/** Engines, the first that is installed is used. */
const engines = ["podman", "docker"] as const;

/**
 * The runner in a container: no network, a read-only file system, no capabilities, a user without rights, and the same
 * system call filter as elsewhere inside. `runner` is the folder of the runner's code. Nothing is fetched: the image,
 * PIPELINE_SANDBOX_IMAGE, has to be there.
 *
 * @param environment all that the runner finds of variables
 */
export function containerCommand(
  { python: _python, hashSeed: _hashSeed, ...config }: RunnerConfig,
  environment: Readonly<Record<string, string>>,
  { engine, image, runner }: { readonly engine: string; readonly image: string; readonly runner: string },
): ContainerCommand {
  const name = `pipeline-${randomUUID()}`;
  const user = randomInt(USERS.first, USERS.last);
  const shown = [...new Set(config.readable)].filter((path) => !isBelow(path, SYSTEM));
  const size = config.checker?.disk ?? SCRATCH_BYTES;
  const inside = { ...seenFromInside(config), isInside: true };
  const args = [
    ["run", "--rm", "--interactive", "--pull", "never", "--name", name],
    ["--network", "none", "--ipc", "private", "--hostname", "sandbox"],
    ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", `${user}:${user}`],
    ["--pids-limit", String(PROCESSES), "--memory", String(Math.floor(memoryLimit() / 2))],
    ["--ulimit", `nofile=${OPEN_FILES}:${OPEN_FILES}`, "--ulimit", `nproc=${PROCESSES}:${PROCESSES}`],
    ["--ulimit", "core=0:0", "--workdir", "/"],
    ...SCRATCH.map((folder) => ["--tmpfs", `${folder}:rw,exec,nosuid,nodev,mode=1777,size=${size}`]),
    ["--volume", `${runner}:${RUNNER}:ro`],
    ...shown.map((path) => ["--volume", `${path}:${placeInside(path)}:ro`]),
    ...Object.entries(environment).map(([variable, value]) => ["--env", `${variable}=${value}`]),
    ["--env", "PATH=/usr/local/bin:/usr/bin:/bin"],
    [image, "python3", "-s", "-S", "-B", `${RUNNER}/main.py`, JSON.stringify(inside)],
  ].flat();
  return { command: engine, args, end: async () => void (await execa(engine, ["kill", name], { reject: false })) };
}

/** The engine and the image that are used here. A PipelineError `sandbox` where one of them is missing. */
export async function findContainer(
  image = process.env["PIPELINE_SANDBOX_IMAGE"] ?? "",
): Promise<{ readonly engine: string; readonly image: string; readonly id: string }> {
  if (image === "") throw noContainer("no image is named");
  for (const engine of engines) {
    const isThere = await runChild(engine, ["--version"]).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    const { stdout } = await runChild(engine, ["image", "inspect", "--format", "{{.Id}}", image]).catch(
      (error: unknown) => {
        throw noContainer(`${engine} has no image ${image}`, error);
      },
    );
    return { engine, image, id: stdout.trim() };
  }
  throw noContainer(`neither ${engines.join(" nor ")} is installed`);
}

function noContainer(why: string, cause?: unknown): PipelineError {
  return new PipelineError(why, { code: "sandbox", hint: containerFix, cause: cause ?? new Error(why) });
}

function seenFromInside(config: Omit<RunnerConfig, "python" | "hashSeed">): Omit<RunnerConfig, "python" | "hashSeed"> {
  return {
    ...config,
    readable: config.readable.map(placeInside),
    paths: config.paths.map(placeInside),
    roots: config.roots.map(placeInside),
    source: config.source === null ? null : placeInside(config.source),
    shown: config.shown.map(([folder, name]) => [placeInside(folder), name] as const),
  };
}

function placeInside(path: string): string {
  return isBelow(path, SCRATCH) ? `/mnt${path}` : path;
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
