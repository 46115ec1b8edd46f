import { access, constants, readdir, realpath } from "node:fs/promises";
import { basename, delimiter, dirname, isAbsolute, join } from "node:path";
import type { CheckerTool } from "../contract/checker.js";
import { runChild } from "../system/child.js";
import { findPython } from "../system/python/interpreter.js";

/** Folders whose contents every checker sees. */
const visible = /^\/(?:usr|bin|sbin|lib\w*)\//u;
const usualFolders = ["/usr/local/bin", "/usr/bin", "/bin"];

/**
 * A tool as it is installed on this machine: its absolute path, what it reads beside /usr, and a PATH that has it. It
 * is looked for among the commands of the project's packages, then on the PATH. null where it is not there.
 *
 * @param project absolute folder of the project
 */
export async function findTool(tool: CheckerTool, project: string): Promise<CheckerTool | null> {
  const folders = tool.environment?.["PATH"]?.split(":") ?? [
    join(project, "node_modules/.bin"),
    ...(process.env["PATH"] ?? "").split(delimiter).filter(isAbsolute),
    ...usualFolders,
  ];
  const place = await placeOf(tool.command, folders);
  if (place === null) return null;
  const readable = [...new Set([...place.readable, ...(await present(tool.readable ?? []))])];
  const PATH = [...new Set([dirname(place.command), dirname(process.execPath), ...usualFolders])].join(":");
  return { ...tool, command: place.command, readable, environment: { PATH, ...tool.environment } };
}

interface Place {
  readonly command: string;
  readonly readable: readonly string[];
}

async function placeOf(command: string, folders: readonly string[]): Promise<Place | null> {
  if (command === "node") return { command: process.execPath, readable: outside([dirname(dirname(process.execPath))]) };
  if (command === "python3" || command === "python") {
    const python = await findPython().catch(() => null);
    return python === null ? null : { command: python.interpreter, readable: python.readable };
  }
  const paths = isAbsolute(command) ? [command] : folders.map((folder) => join(folder, command));
  for (const path of paths) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return await placeAt(path);
  }
  return null;
}

/** Where the file that a command leads to is installed. */
async function placeAt(path: string): Promise<Place | null> {
  const file = await realpath(path);
  if (basename(file) === "rustup") {
    // One program under many names, which starts the one of the toolchain in use.
    const found = await runChild(file, ["which", basename(path)]).catch(() => null);
    return found === null ? null : { command: found.stdout, readable: outside([dirname(dirname(found.stdout))]) };
  }
  const [packages] = /^.*?\/node_modules(?=\/)/u.exec(file) ?? [];
  return { command: file, readable: outside([packages ?? dirname(file)]) };
}

/** Those of the folders that are not visible anyway. */
function outside(folders: readonly string[]): string[] {
  return folders.filter((folder) => !visible.test(`${folder}/`));
}

/** Those that are there; a * in the last part of a path stands for any characters. */
async function present(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const [begin = "", ...rest] = basename(path).split("*");
      if (rest.length === 0)
        return await access(path).then(
          () => [path],
          () => [],
        );
      const names = await readdir(dirname(path)).catch(() => []);
      return names
        .filter((name) => name.startsWith(begin) && name.endsWith(rest.at(-1) ?? ""))
        .map((name) => join(dirname(path), name));
    }),
  );
  return found.flat();
}
