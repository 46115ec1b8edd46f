import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interrupted } from "../system/abort.js";
import { PipelineError } from "../system/errors.js";
import { findPython, type Interpreter } from "../system/python/interpreter.js";
import { containerFix } from "./container.js";
import { ChildEnd, SelfTest } from "./protocol.js";
import { Runner } from "./runner.js";
import type { RunnerConfig } from "./runner-config.js";

/**
 * What confines runs, best first. Their mechanisms: python/confined_runner/backends.py. All of them hold every file of
 * test/sandbox/hostile; Landlock without namespaces leaves open that a test sees which files exist outside, bounds what
 * is written by watching it, and refuses chmod and the like within the test's own folder too.
 */
export const backends = [
  {
    name: "namespaces+landlock+seccomp",
    fix: "allow unprivileged user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu)",
    systems: ["linux"],
  },
  { name: "root-namespaces+landlock+seccomp", fix: "run as root with CAP_SYS_ADMIN", systems: ["linux"] },
  { name: "namespaces+seccomp", fix: "allow unprivileged user namespaces", systems: ["linux"] },
  { name: "root-namespaces+seccomp", fix: "run as root with CAP_SYS_ADMIN", systems: ["linux"] },
  { name: "bubblewrap+seccomp", fix: "install bubblewrap 0.8 or newer (apt install bubblewrap)", systems: ["linux"] },
  { name: "landlock+seccomp", fix: "use a kernel with Landlock ABI 6 (Linux 6.12)", systems: ["linux"] },
  { name: "container", fix: containerFix, systems: ["linux", "macos"] },
] as const;

/** A way to confine what runs, as --sandbox names it; none: it is not confined. */
export type BackendName = (typeof backends)[number]["name"] | "none";

/** Whether a backend works on this machine. */
export interface BackendProbe {
  readonly name: BackendName;
  readonly available: boolean;
  /** Why it is not available; empty where it is. */
  readonly reason: string;
}

/** Tries every backend by starting it and attacking it from inside, with the user's Python. */
export async function probeBackends(signal: AbortSignal): Promise<BackendProbe[]> {
  const python = await findPython();
  const probes: BackendProbe[] = [];
  for (const { name } of backends) probes.push(await probe(name, python, signal));
  return probes;
}

/**
 * The first backend that works here, or the one that was asked for. Fails closed: a PipelineError `sandbox` tells what
 * was tried.
 */
export async function chooseBackend(
  wanted: "auto" | BackendName,
  python: Interpreter,
  signal: AbortSignal,
): Promise<BackendName> {
  if (wanted === "none") return wanted;
  const tried: BackendProbe[] = [];
  for (const { name } of backends.filter(({ name: each }) => wanted === "auto" || wanted === each)) {
    const result = await probe(name, python, signal);
    if (result.available) return result.name;
    tried.push(result);
  }
  throw refusal(wanted, tried);
}

/** The name as a backend; a PipelineError `usage` where it is none. */
export function backendName(name: string): "auto" | BackendName {
  const names = ["auto", ...backends.map((backend) => backend.name), "none"] as const;
  const found = names.find((each) => each === name);
  if (found) return found;
  throw new PipelineError(`unknown sandbox "${name}"`, { code: "usage", hint: `Use one of ${names.join(", ")}.` });
}

async function probe(name: BackendName, python: Interpreter, signal: AbortSignal): Promise<BackendProbe> {
  try {
    const holes = await attackFromInside(name, python, signal);
    return { name, available: holes.length === 0, reason: holes.length ? `code inside ${holes.join(", ")}` : "" };
  } catch (error) {
    if (signal.aborted) throw interrupted();
    const reason = error instanceof PipelineError && error.cause instanceof Error ? error.cause : error;
    return { name, available: false, reason: reason instanceof Error ? reason.message : String(reason) };
  }
}

/** What code inside the backend could do that it must not. */
async function attackFromInside(
  backend: BackendName,
  { interpreter: python, readable }: Interpreter,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const outside = await mkdtemp(join(tmpdir(), "pipeline-probe-"));
  try {
    const secret = join(outside, "secret");
    await writeFile(secret, "", { mode: 0o666 });
    const config: RunnerConfig = {
      python,
      backend,
      hashSeed: 0,
      readable,
      paths: [],
      roots: [],
      source: null,
      shown: [],
      probe: true,
    };
    const runner = await Runner.start(config, signal);
    const stop = (): void => void runner.close();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const nonce = randomUUID();
      const limits = { cpu: 5, idle: 5, wall: 30, memory: 256 * 2 ** 20 };
      const { report, status } = await runner.ask({ job: "attack", secret, nonce, limits }, ChildEnd);
      const found = status === 0 ? SelfTest.parse(JSON.parse(report)) : undefined;
      return found?.nonce === nonce ? found.holes : ["ends without an answer"];
    } finally {
      signal.removeEventListener("abort", stop);
      await runner.close();
    }
  } finally {
    await rm(outside, { recursive: true, force: true });
  }
}

function refusal(wanted: string, tried: readonly BackendProbe[]): PipelineError {
  const what =
    wanted === "auto" ? "nothing on this machine can confine code that is not trusted" : `${wanted} does not work here`;
  const list = tried.map(({ name, reason }) => `\n  tried  ${name}: ${reason}`).join("");
  const fixes = backends.filter(({ name }) => tried.some((each) => each.name === name)).map(({ fix }) => fix);
  return new PipelineError(`the sandbox cannot start: ${what}${list}`, {
    code: "sandbox",
    hint:
      `Either ${[...new Set(fixes)].join("; or ")}; or run with --sandbox none if you trust every test and every ` +
      `source (each verdict will say so).`,
  });
}
