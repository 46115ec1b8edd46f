import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { installPackages } from "../../pipeline/system/python/packages.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { serviceContext } from "./sandboxed.js";

export interface VirtualEnvironment {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * A virtual environment as a user has one, with FastAPI, Flask and httpx in it. What is installed lies in the cache, by
 * web.lock; the environment has it by a .pth file, as an editable install would.
 */
export async function webEnvironment(): Promise<VirtualEnvironment> {
  const packages = await installPackages(
    await readFile(join(packageRoot, "test/sandbox/web.lock"), "utf8"),
    "what applications need",
    serviceContext,
  );
  return await virtualEnvironment({ "packages.pth": `${packages}\n` });
}

/** A virtual environment with these files in its site-packages. Remove it when done. */
export async function virtualEnvironment(files: Readonly<Record<string, string>>): Promise<VirtualEnvironment> {
  const folder = await mkdtemp(join(tmpdir(), "environment-"));
  await chmod(folder, 0o755);
  const { interpreter, version } = await findPython();
  const place = join(folder, "lib", `python${version.split(".").slice(0, 2).join(".")}`, "site-packages");
  await mkdir(join(folder, "bin"));
  await symlink(interpreter, join(folder, "bin/python"));
  await writeFile(join(folder, "pyvenv.cfg"), `home = ${dirname(interpreter)}\ninclude-system-site-packages = false\n`);
  await mkdir(place, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(place, name)), { recursive: true });
    await writeFile(join(place, name), text);
  }
  return { folder, remove: async () => await rm(folder, { recursive: true, force: true }) };
}

/** The Python files of a case's input, by their paths. */
export async function inputOf(name: string): Promise<Record<string, string>> {
  const folder = join(packageRoot, "test/cases", name, "input");
  const paths = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".py")).toSorted();
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path), "utf8")])),
  );
}
