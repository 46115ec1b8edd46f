import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ChildError, runChild } from "../child.js";
import { PipelineError } from "../errors.js";

const oldest = [3, 10] as const;

const Interpreter = z.object({
  executable: z
    .string()
    .describe("Absolute path of the command as the user has it, in a virtual environment maybe: runs pip"),
  interpreter: z
    .string()
    .describe("Absolute path of the interpreter itself, without links and environments: runs code"),
  version: z.string().describe("3.11.7"),
  platform: z.string().describe("What wheels are made for: cpython-311-x86_64-linux-gnu"),
  readable: z
    .array(z.string())
    .describe("Absolute folders that the interpreter reads: its prefix and the standard library"),
});
/** A Python that is installed: where it is, and what decides which packages fit it. */
export type Interpreter = z.infer<typeof Interpreter>;

/**
 * The user's Python: python3 on the PATH, else python. A PipelineError `python` where there is none, or where it is too
 * old.
 */
export async function findPython(path = process.env["PATH"] ?? ""): Promise<Interpreter> {
  const finding = found.get(path) ?? askInterpreters(path);
  found.set(path, finding);
  try {
    return await finding;
  } catch (error) {
    found.delete(path); // it may be installed in the meantime
    throw error;
  }
}

const found = new Map<string, Promise<Interpreter>>();

/**
 * Another Python of this machine than the one in use, of another version: the system's own, else the newest of those on
 * the PATH. null where there is none.
 */
export async function otherPython(used: Interpreter, path = process.env["PATH"] ?? ""): Promise<Interpreter | null> {
  for (const command of [
    "/usr/bin/python3",
    "/usr/local/bin/python3",
    ...newestFirst.map((minor) => `python3.${minor}`),
  ]) {
    const found = await askInterpreter(command, path).catch(() => undefined);
    if (found !== undefined && found.version !== used.version && isNewEnough(found)) return found;
  }
  return null;
}

const newestFirst = [15, 14, 13, 12, 11, 10];

/**
 * The Python that a user names: the path or the name of an interpreter, or the folder of a virtual environment. A
 * PipelineError `usage` where it is none, `python` where it is too old.
 */
export async function pythonAt(named: string): Promise<Interpreter> {
  const isFolder = await stat(named).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  const command = isFolder ? join(named, "bin/python") : named;
  const interpreter = await askInterpreter(command, process.env["PATH"] ?? "").catch((error: unknown) => {
    if (error instanceof PipelineError && error.code === "interrupted") throw error;
    throw noPython(named, "it does not answer as one", error);
  });
  if (interpreter === undefined)
    throw noPython(named, isFolder ? "the folder has no bin/python" : "there is no such command");
  return requireVersion(interpreter, named);
}

function noPython(named: string, why: string, cause?: unknown): PipelineError {
  return new PipelineError(`expected a Python interpreter, got ${named}: ${why}`, {
    code: "usage",
    hint: "name the interpreter of the project's environment, or the environment's folder: --python .venv/bin/python",
    cause,
  });
}

async function askInterpreters(path: string): Promise<Interpreter> {
  for (const command of ["python3", "python"]) {
    const interpreter = await askInterpreter(command, path);
    if (interpreter !== undefined) return requireVersion(interpreter, command);
  }
  throw new PipelineError("Python was not found: expected python3 or python on the PATH", {
    code: "python",
    hint: `install Python ${oldest.join(".")} or newer with pip, for example: apt install python3 python3-pip`,
  });
}

/** undefined where there is no such command. */
async function askInterpreter(command: string, path: string): Promise<Interpreter | undefined> {
  try {
    const { stdout } = await runChild(command, ["-I", "-S", "-c", describeItself], {
      code: "python",
      env: { PATH: path },
    });
    return Interpreter.parse(JSON.parse(stdout));
  } catch (error) {
    if (error instanceof ChildError && error.status === 127) return undefined;
    throw error;
  }
}

function requireVersion(interpreter: Interpreter, command: string): Interpreter {
  if (isNewEnough(interpreter)) return interpreter;
  throw new PipelineError(
    `Python is too old: expected ${oldest.join(".")} or newer, found ${interpreter.version} as ${command} (` +
      `${interpreter.executable})`,
    {
      code: "python",
      hint: `install Python ${oldest.join(".")} or newer, and put it first on the PATH, or name it with --python`,
    },
  );
}

function isNewEnough({ version }: Interpreter): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/** Runs with Python 2.7 and newer, and loads as little as it can. */
const describeItself = `
import json, os, sys
implementation = getattr(sys, "implementation", None)
interpreter = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
base = [getattr(sys, "base_prefix", sys.prefix), getattr(sys, "base_exec_prefix", sys.exec_prefix)]
places = base + [os.path.dirname(os.__file__), os.path.dirname(interpreter)] + sys.path
folders = {os.path.realpath(folder) for folder in places if os.path.isdir(folder)}
tag = getattr(implementation, "cache_tag", None) or "python"
system = getattr(implementation, "_multiarch", None) or sys.platform
inside = lambda folder, other: folder != other and folder.startswith(other.rstrip("/") + "/")
print(json.dumps({
    "executable": sys.executable,
    "interpreter": interpreter,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "platform": "-".join([tag, system]),
    "readable": sorted(folder for folder in folders if not any(inside(folder, other) for other in folders)),
}))`;
