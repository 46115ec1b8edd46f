import { z } from "zod";
import { PipelineError } from "../system/errors.js";
import { hashValue } from "../system/hash.js";
import { findWheels, type FoundWheel } from "../system/python/pip.js";
import type { Interpreter } from "../system/python/interpreter.js";
import type { ServiceContext } from "../contract/service.js";
import type { SourceTree } from "../contract/sources.js";

/**
 * What a source declares, as the text of a lock file; "" where it needs nothing. Versions are resolved once for this
 * Python and platform, and pinned by hash in `pipeline.lock`. A PipelineError `python` where that cannot be done.
 */
export async function lockRequirements(
  tree: SourceTree,
  { platform }: Interpreter,
  context: Pick<ServiceContext, "lockfile" | "emit" | "signal">,
): Promise<string> {
  const requirements = withTestClient(tree.requirements.filter((line) => !isForExtra(line))).toSorted();
  if (requirements.length === 0) return "";
  for (const line of requirements) requireRelease(line, tree);
  const reference = `python:${tree.name} (${platform}, requirements ${hashValue(requirements).slice(0, 12)})`;
  const pins = await context.lockfile.pin(reference, z.array(Pin), () => resolve(requirements, tree, context));
  // what needs itself is tested as its snapshot
  const others = pins.filter(({ name }) => normalise(name) !== normalise(tree.name));
  return others.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`).join("");
}

/**
 * The test client of FastAPI and Starlette needs httpx, which projects name among what their tests need, and not here.
 */
function withTestClient(requirements: readonly string[]): readonly string[] {
  const names = new Set(requirements.map((line) => normalise(/^\s*([\w.-]+)/u.exec(line)?.[1] ?? "")));
  const isNeeded = (names.has("fastapi") || names.has("starlette")) && !names.has("httpx");
  return isNeeded ? [...requirements, "httpx"] : requirements;
}

/** A wheel that pip chose. */
const Pin = z.strictObject({ name: z.string(), version: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/u) });

/** Lets pip choose versions: it reads markers, and the index that the user has configured. */
async function resolve(
  requirements: readonly string[],
  tree: SourceTree,
  { emit, signal }: Pick<ServiceContext, "emit" | "signal">,
): Promise<z.infer<typeof Pin>[]> {
  const what = `versions of what ${tree.name} ${tree.version} needs`;
  emit({ type: "transfer", what, done: 0, total: null });
  const wheels = await wheelsFor(requirements, tree, signal);
  emit({ type: "transfer", what, done: 0, total: 0 });
  return wheels
    .map(({ name, version, sha256 }) => ({ name, version, sha256 }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function wheelsFor(
  requirements: readonly string[],
  tree: SourceTree,
  signal: AbortSignal,
): Promise<readonly FoundWheel[]> {
  try {
    return await findWheels(requirements, { what: tree.name, dependencies: true, signal });
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code === "interrupted") throw error;
    throw new PipelineError(
      `the requirements of ${tree.name} ${tree.version} cannot be met from wheels: ${error.message}`,
      { code: "python", cause: error, ...(error.hint !== undefined && { hint: error.hint }) },
    );
  }
}

/** A marker that asks for an extra alone is never met: nobody asks for extras here. */
function isForExtra(line: string): boolean {
  const [, marker = ""] = line.split(";", 2);
  return /\bextra\s*==/u.test(marker) && !/\bor\b/u.test(marker);
}

/** Names with versions pass; an address, a path or an option of pip's would have it fetch and build something else. */
function requireRelease(line: string, tree: SourceTree): void {
  const [release = "", ...markers] = line.split(";");
  const isRelease = /^\s*[a-z0-9][\w.-]*\s*(?:\[[\w\s.,-]*\])?\s*[\w\s.,<>=!~()*+-]*$/iu.test(release);
  if (isRelease && markers.length < 2 && !line.includes("\n")) return;
  throw new PipelineError(
    `${tree.name} ${tree.version} requires "${line.trim()}", which is not a release of a package`,
    {
      code: "python",
      hint: "only wheels of an index are installed, since anything else runs its own code while it is built",
    },
  );
}

function normalise(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/gu, "-");
}
