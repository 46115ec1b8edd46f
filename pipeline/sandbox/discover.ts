import { randomUUID } from "node:crypto";
import { settableVariable } from "../contract/sandbox.js";
import type { DiscoverRequest, Discovery } from "../contract/discovery.js";
import { clientModules } from "./client-modules.js";
import { runJob } from "./job.js";
import type { RunnerPool } from "./pool.js";
import type { PreparedSource } from "./prepared.js";
import { type ChildEnd, DiscoveryLine, readLines } from "./protocol.js";
import { ending } from "./verdicts.js";

type Failure = Extract<DiscoveryLine, { readonly failed: string }>;

/** Imports before it is given up: settings are demanded one after another. */
const mostImports = 40;

/**
 * Imports an application, each time in a child of its own. Where that fails for want of a setting, the setting gets a
 * stand-in, and it is tried again; where a stand-in is refused, the next one of its values.
 */
export async function discover(request: DiscoverRequest, source: PreparedSource, pool: RunnerPool): Promise<Discovery> {
  const standIns = new StandIns();
  for (let attempt = 1; ; attempt += 1) {
    const found = await importOnce(request, standIns.values, source, pool);
    if ("routes" in found) {
      const { application, framework, routes, foreign, unclear } = found;
      return { type: "listed", application, framework, routes, foreign, unclear, environment: standIns.values };
    }
    if (attempt === mostImports || !standIns.meet(found.demands)) return { type: "failed", ...told(found, request) };
  }
}

async function importOnce(
  { framework, application, timeout, memory }: DiscoverRequest,
  standIns: Readonly<Record<string, string>>,
  source: PreparedSource,
  pool: RunnerPool,
): Promise<DiscoveryLine> {
  const nonce = randomUUID();
  const job = { job: "discover", framework, application, standIns, nonce };
  const end = await runJob(
    job,
    { timeout, memory },
    {
      surroundings: { hashSeed: 0 },
      modules: [],
      startsAnew: true,
      extras: clientModules({ framework }),
      source,
      pool,
    },
  );
  const line = readLines(end.report, DiscoveryLine).find((each) => each.nonce === nonce);
  return line ?? { nonce, failed: howItEnded(end), demands: [], module: null, isServer: end.limit === "idle" };
}

function howItEnded(end: ChildEnd): string {
  return ending(end).detail;
}

/** Values for the settings that an application demands. */
class StandIns {
  readonly #waiting = new Map<string, string[]>();
  #values: Readonly<Record<string, string>> = {};

  get values(): Readonly<Record<string, string>> {
    return this.#values;
  }

  /** Whether there is something left to try. */
  meet(demands: Failure["demands"]): boolean {
    let hasChanged = false;
    for (const { name, values, isRefused } of demands) {
      // Of several stand-ins that may have been refused, one is changed at a time.
      if (!settableVariable.test(name) || (isRefused && hasChanged)) continue;
      const waiting =
        this.#waiting.get(name) ?? (isRefused ? values.filter((value) => value !== this.#values[name]) : [...values]);
      this.#waiting.set(name, waiting);
      const value = waiting.shift();
      if (value === undefined) continue;
      this.#values = { ...this.#values, [name]: value };
      hasChanged = true;
    }
    return hasChanged;
  }
}

function told(
  { failed, module, isServer }: Failure,
  { application }: DiscoverRequest,
): { readonly reason: string; readonly fix: string } {
  const reason = `${application} cannot be imported: ${failed}`;
  const [name = ""] = (module ?? "").split(".");
  if (module !== null) return { reason, fix: `name the environment that has ${name} installed: --python .venv` };
  if (isServer)
    return {
      reason,
      fix:
        "no server can be reached in the sandbox: name a setting that does without, such as --env " +
        "DATABASE_URL=sqlite:///./test.db",
    };
  if (failed.startsWith("SyntaxError"))
    return { reason, fix: "name an environment with the Python that the project is written for: --python .venv" };
  return {
    reason,
    fix:
      "import it yourself to see the whole error, then name what it lacks here: a setting by --env NAME=VALUE, or " +
      "its environment by --python .venv",
  };
}
