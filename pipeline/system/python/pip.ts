import { readdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { runChild } from "../child.js";
import { PipelineError } from "../errors.js";
import { findPython } from "./interpreter.js";

/**
 * Has the user's own pip put one wheel into a folder, and answers its file name. The user's configuration (index,
 * proxy, certificates) holds; nothing is built, no dependency comes along. `requirement` is a line of a requirements
 * file; with `--hash=` in it, pip takes no other file. `temporary` is a folder for what is not whole yet; the system's
 * unless told.
 */
export async function downloadWheel(
  requirement: string,
  options: readonly string[],
  folder: string,
  signal?: AbortSignal,
  temporary?: string,
): Promise<string> {
  const list = join(folder, "requirement.txt");
  await writeFile(list, `${requirement}\n`);
  const hashes = requirement.includes("--hash=") ? ["--require-hashes"] : [];
  await pip(
    ["download", "--no-deps", "--only-binary", ":all:", ...hashes, ...options, "--dest", folder, "-r", list],
    requirement,
    {
      cwd: folder,
      signal,
      ...(temporary !== undefined && { temporary }),
    },
  );
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined)
    throw new PipelineError(`pip downloaded no wheel for ${requirement}`, {
      code: "download",
      hint: `try it by hand: python3 -m pip download --no-deps --only-binary :all: ${requirement}`,
    });
  return wheel;
}

/** A wheel as the index describes it. */
export type FoundWheel = z.infer<typeof FoundWheel>;

const FoundWheel = z
  .object({
    metadata: z.object({ name: z.string(), version: z.string() }),
    download_info: z.object({
      url: z.string(),
      archive_info: z.object({ hashes: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/u) }) }),
    }),
  })
  .transform(
    ({
      metadata: { name, version },
      download_info: {
        url,
        archive_info: {
          hashes: { sha256 },
        },
      },
    }) => ({ name, version, wheel: decodeURIComponent(basename(new URL(url).pathname)), sha256 }),
  );
const Report = z.object({ install: z.array(FoundWheel) });

/**
 * The wheel that pip would take for a requirement. Where the index offers metadata apart from wheels, none is
 * downloaded.
 */
export async function findWheel(requirement: string, signal?: AbortSignal): Promise<FoundWheel> {
  const [wheel] = await findWheels([requirement], { what: requirement, dependencies: false, signal });
  if (wheel === undefined) throw new PipelineError(`pip finds no wheel for ${requirement}`, { code: "source" });
  return wheel;
}

/**
 * The wheels that pip would install together, with what they depend on if `dependencies`; what a marker excludes is
 * left out.
 */
export async function findWheels(
  requirements: readonly string[],
  {
    what,
    dependencies,
    signal,
  }: { readonly what: string; readonly dependencies: boolean; readonly signal?: AbortSignal | undefined },
): Promise<readonly FoundWheel[]> {
  const alone = dependencies ? [] : ["--no-deps"];
  const args = [
    "install",
    "--dry-run",
    "--ignore-installed",
    ...alone,
    "--only-binary",
    ":all:",
    "--report",
    "-",
    ...requirements,
  ];
  const { stdout } = await pip(args, what, { signal });
  return stdout === "" ? [] : Report.parse(JSON.parse(stdout)).install;
}

/**
 * Runs the user's own pip quietly. Its failures come back as a PipelineError that names the requirement and the fix.
 * `python` is another interpreter that it works for, which needs no pip.
 */
export async function pip(
  args: readonly string[],
  requirement: string,
  {
    python,
    temporary,
    ...options
  }: {
    readonly cwd?: string;
    readonly signal?: AbortSignal | undefined;
    readonly python?: string;
    readonly temporary?: string;
  } = {},
): Promise<{ readonly stdout: string }> {
  const { executable } = await findPython();
  const forOther = python === undefined ? [] : ["--python", python];
  try {
    return await runChild(
      executable,
      ["-m", "pip", ...forOther, "--no-input", "--disable-pip-version-check", "--quiet", "--no-color", ...args],
      {
        code: "download",
        env: { ...ownFolder, ...(temporary !== undefined && { TMPDIR: temporary }) },
        ...options,
      },
    );
  } catch (error) {
    throw error instanceof PipelineError && error.code === "download"
      ? explain(error, requirement.split(" ")[0] ?? requirement)
      : error;
  }
}

/** Habits for a user's own environment, which nothing is installed into here; pip would refuse to go on. */
const ownFolder = { PIP_REQUIRE_VIRTUALENV: "0", PIP_USER: "0" };

/** How pip and what it stands on say that nothing answered, or not to us. */
const unreachable = new RegExp(
  "Retrying \\(|Max retries exceeded|NewConnectionError|ReadTimeout|ProxyError|SSLError|" +
    "Temporary failure in name resolution|HTTP error|HTTPError|40[13] (?:Client )?Error",
  "iu",
);

/** pip says in many lines what went wrong; these are the cases that a user can do something about. */
function explain(error: PipelineError, wanted: string): PipelineError {
  const output = [error.message, standardError(error), standardError(error.cause)].join("\n");
  const name = /satisfies the requirement ([\w.-]+)/u.exec(output)?.[1] ?? wanted.replace(/==.*$/u, "");
  if (/DO NOT MATCH THE HASHES/u.test(output)) {
    return new PipelineError(`${wanted}: the file that the index offers is not the one that pipeline.lock pins`, {
      code: "hash-mismatch",
      hint: "find out why it changed before you trust it; then run with --update to pin it again",
      cause: error,
    });
  }
  if (/no such option: --(?:report|dry-run|python)/u.test(output)) {
    return new PipelineError("this pip is too old: expected 22.3 or newer", {
      code: "python",
      hint: "upgrade it: python3 -m pip install --upgrade pip",
      cause: error,
    });
  }
  if (/No module named pip/u.test(output)) {
    return new PipelineError("Python has no pip", {
      code: "python",
      hint: "install it: python3 -m ensurepip, or your system's python3-pip package",
      cause: error,
    });
  }
  if (unreachable.test(output)) {
    return new PipelineError(`the package index cannot be reached for ${wanted}: ${lastError(output)}`, {
      code: "download",
      hint:
        `check the network and pip's settings (python3 -m pip config list), and try: python3 -m pip download ` +
        `--no-deps ${wanted}`,
      cause: error,
    });
  }
  const [, conflict] =
    /Cannot install (.*) because these package versions have conflicting dependencies/u.exec(output) ?? [];
  if (conflict !== undefined) {
    return new PipelineError(`no versions go together of ${conflict}`, { code: "source", cause: error });
  }
  const [, versions] = /\(from versions: ([^)]*)\)/u.exec(output) ?? [];
  if (versions === "none") {
    return new PipelineError(`the package index has no wheel of "${name}"`, {
      code: "source",
      hint: "check the name; a package that is published without a wheel can be named by its repository, with git:",
      cause: error,
    });
  }
  if (versions !== undefined) {
    const newest = versions.split(", ").slice(-5).join(", ");
    return new PipelineError(`the package index has no wheel of ${name} that fits this Python and what is asked for`, {
      code: "source",
      hint: `it has these versions: ${newest}`,
      cause: error,
    });
  }
  return new PipelineError(`pip could not download ${wanted}: ${lastError(output)}`, {
    code: "download",
    cause: error,
  });
}

function lastError(output: string): string {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return (lines.findLast((line) => line.startsWith("ERROR:")) ?? lines.at(-1) ?? "").replace(/^ERROR:\s*/u, "");
}

function standardError(failure: unknown): string {
  return typeof failure === "object" && failure !== null && "stderr" in failure && typeof failure.stderr === "string"
    ? failure.stderr
    : "";
}
