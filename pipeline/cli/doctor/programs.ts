import { runChild } from "../../system/child.js";
import { findPython } from "../../system/python/interpreter.js";
import type { Finding } from "./finding.js";

/** The Python that pipelines use. Throws a PipelineError (python) where none is new enough. */
export async function lookForPython(): Promise<Finding> {
  const { version, executable } = await findPython();
  return { status: "ok", found: `${version}  ${executable}` };
}

/** Its pip, by version. Throws a PipelineError (python) where it has none. */
export async function lookForPip(signal: AbortSignal): Promise<Finding> {
  const { executable } = await findPython();
  const { stdout } = await runChild(executable, ["-m", "pip", "--version"], { code: "python", signal });
  return { status: "ok", found: stdout.split(" ")[1] ?? stdout };
}

/** git, by version. Throws a PipelineError where it is not there. */
export async function lookForGit(signal: AbortSignal): Promise<Finding> {
  const { stdout } = await runChild("git", ["--version"], { signal });
  return { status: "ok", found: stdout.replace("git version ", "") };
}
