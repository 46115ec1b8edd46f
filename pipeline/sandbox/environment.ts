import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PipelineError } from "../system/errors.js";
import { packageRoot } from "../system/paths.js";
import { findPython, type Interpreter } from "../system/python/interpreter.js";
import type { ServiceContext } from "../contract/service.js";
import type { SourceTree } from "../contract/sources.js";
import { installPackages, packagesHash } from "../system/python/packages.js";
import type { GivenEnvironment } from "./given-environment.js";
import { lockRequirements } from "./requirements.js";

/** What tests of a source run with. All paths are absolute. */
export interface PythonEnvironment {
  /** The interpreter, without links and virtual environments. */
  readonly python: string;
  /** 3.11.7 */
  readonly pythonVersion: string;
  /** Folders for sys.path: pytest and coverage, then what the source declares. */
  readonly paths: readonly string[];
  /** Folders that must be readable: the interpreter's prefix, its standard library, `paths`. */
  readonly readable: readonly string[];
  /** SHA-256 of the interpreter's version and platform and of every package in it. */
  readonly hash: string;
}

/**
 * Installs pytest, and what the source declares, where the cache does not hold them yet; with a `given` environment of
 * the user's, that takes the place of what the source declares. A PipelineError `python` where the source's
 * requirements cannot be met, `sandbox` where pytest itself cannot be installed.
 */
export async function prepareEnvironment(
  tree: SourceTree,
  context: ServiceContext,
  given: GivenEnvironment | null = null,
): Promise<PythonEnvironment> {
  const python = given?.python ?? (await findPython());
  const base = await installBase(context, given?.python);
  const paths = [base, ...(given?.paths ?? (await installDeclared(tree, python, context)))];
  return {
    python: python.interpreter,
    pythonVersion: python.version,
    paths,
    readable: [...python.readable, ...paths],
    hash: (await environmentIdentity(tree, context, given)).hash,
  };
}

/**
 * Which Python it is, and what tests of the source run with; without a source, what is the same for every one. Installs
 * nothing.
 */
export async function environmentIdentity(
  tree?: SourceTree,
  context?: Pick<ServiceContext, "lockfile" | "emit" | "signal">,
  given: GivenEnvironment | null = null,
): Promise<{ readonly python: string; readonly hash: string }> {
  const python = given?.python ?? (await findPython());
  const own =
    given !== null
      ? given.distributions.join("\n")
      : tree === undefined || context === undefined
        ? ""
        : await lockRequirements(tree, python, context);
  return { python: python.version, hash: packagesHash([await baseLock(), own].join("\n"), python) };
}

async function installDeclared(tree: SourceTree, python: Interpreter, context: ServiceContext): Promise<string[]> {
  const own = await lockRequirements(tree, python, context);
  const what = `what ${tree.name} ${tree.version} needs`;
  return own === ""
    ? []
    : [await inTermsOf(`${what} cannot be installed`, "python", () => installPackages(own, what, context))];
}

/** The runner goes by this pytest's own insides, so it is this one whatever else is installed. */
async function installBase(context: ServiceContext, python: Interpreter | undefined): Promise<string> {
  const lock = await baseLock();
  return await inTermsOf("pytest cannot be installed for the sandbox", "sandbox", () =>
    installPackages(lock, "pytest", context, python),
  );
}

async function baseLock(): Promise<string> {
  return await readFile(join(packageRoot, "pipeline/sandbox/requirements.lock"), "utf8");
}

async function inTermsOf<T>(what: string, code: "python" | "sandbox", work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code === "interrupted") throw error;
    throw new PipelineError(`${what}: ${error.message}`, {
      code,
      cause: error,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
  }
}
