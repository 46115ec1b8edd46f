import { runChild } from "../../system/child.js";
import { findPython } from "../../system/python/interpreter.js";
import type { Finding } from "./finding.js";

export async function lookForPython(): Promise<Finding> {
  const { version, executable } = await findPython();
  return { status: "ok", found: `${version}  ${executable}` };
}

export async function lookForPip(signal: AbortSignal): Promise<Finding> {
  const { executable } = await findPython();
  const { stdout } = await runChild(executable, ["-m", "pip", "--version"], { code: "python", signal });
  return { status: "ok", found: stdout.split(" ")[1] ?? stdout };
}

export async function lookForGit(signal: AbortSignal): Promise<Finding> {
  const { stdout } = await runChild("git", ["--version"], { signal });
  return { status: "ok", found: stdout.replace("git version ", "") };
}
