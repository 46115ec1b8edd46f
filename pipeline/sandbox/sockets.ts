import { readFile, realpath } from "node:fs/promises";
import type { CheckerTool } from "../contract/checker.js";
import { PipelineError } from "../system/errors.js";
import type { BackendName } from "./backends.js";
import type { CheckerPlace } from "./checker-tool.js";

/** What confinement without a root and a network of its own lacks; null where unix sockets stay inside. */
export function missingForSockets(backend: BackendName): string | null {
  return backend === "landlock+seccomp"
    ? "it has no mounts and no network of its own, and Landlock lets a unix socket with a path through: " +
        "namespaces (unprivileged user namespaces, or root with CAP_SYS_ADMIN) or bubblewrap are needed"
    : null;
}

/**
 * A PipelineError `sandbox` where a unix socket of the tool's could reach a server of this machine: where the backend
 * has no network and mounts of its own, and where a server listens in a folder that is visible inside, since a
 * read-only mount keeps nobody from a socket.
 */
export async function requireSafeSockets(
  { command, readable = [] }: CheckerTool,
  { backend, python }: CheckerPlace,
): Promise<void> {
  if (backend === "none") return;
  const missing = missingForSockets(backend);
  if (missing !== null)
    throw new PipelineError(`${command} needs unix sockets, which ${backend} cannot give: ${missing}`, {
      code: "sandbox",
      hint: "Run `pipeline doctor`: it tells of every backend why it does not work here.",
    });
  const folders = [...system, ...python.readable, ...readable];
  const visible = await Promise.all(folders.map(async (folder) => await realpath(folder).catch(() => folder)));
  const server = (await serversOfTheMachine()).find((path) =>
    visible.some((folder) => path === folder || path.startsWith(`${folder}/`)),
  );
  if (server !== undefined)
    throw new PipelineError(`${command} needs unix sockets, and would reach the server that listens at ${server}`, {
      code: "sandbox",
      hint: "That folder is visible to the checker. Name a narrower one under `readable`, or move the socket.",
    });
}

/** What every checker sees. */
const system = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/** Paths of the sockets that are bound here. */
async function serversOfTheMachine(): Promise<string[]> {
  const table = await readFile("/proc/net/unix", "utf8").catch(() => "");
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => /\s(\/.*)$/u.exec(line)?.[1] ?? []);
}
