import { z } from "zod";
import { runChild } from "../system/child.js";
import { type Interpreter, pythonAt } from "../system/python/interpreter.js";

/** A Python environment that the user names: what a project's tests run with, as it is installed there. */
export interface GivenEnvironment {
  readonly python: Interpreter;
  /** Absolute folders that it imports from beside the standard library: site-packages, and what .pth files add. */
  readonly paths: readonly string[];
  /** NAME==VERSION of everything that is installed in them, in order. */
  readonly distributions: readonly string[];
}

/** Asks an interpreter for its environment. A PipelineError `usage` where the path is no Python. */
export async function readGivenEnvironment(path: string): Promise<GivenEnvironment> {
  const python = await pythonAt(path);
  const { stdout } = await runChild(python.executable, ["-E", "-c", listEnvironment], { code: "python", cwd: "/" });
  return { python, ...Installed.parse(JSON.parse(stdout)) };
}

const Installed = z.object({ paths: z.array(z.string()), distributions: z.array(z.string()) });

/** With `site`, as the project itself would be run: its folders are then on the path. */
const listEnvironment = `
import importlib.metadata, json, os, sys, sysconfig
standard = {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
folders = [os.path.realpath(folder) for folder in sys.path if folder and os.path.isdir(folder)]
own = [folder for folder in dict.fromkeys(folders) if folder not in standard]
paths = [folder for folder in own if os.path.basename(folder) != "lib-dynload"]
installed = importlib.metadata.distributions(path=paths)
found = {(each.metadata["Name"] or "").lower().replace("_", "-"): each.version for each in installed}
print(json.dumps({"paths": paths, "distributions": sorted("%s==%s" % pair for pair in found.items())}))`;
