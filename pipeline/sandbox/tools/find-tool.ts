import { access, constants, readdir } from "node:fs/promises";
import { basename, delimiter, dirname, isAbsolute, join } from "node:path";
import type { CheckerTool, FoundTool, WantedTool } from "../../contract/checker.js";
import { PipelineError } from "../../system/errors.js";
import { knownHash } from "../../system/files/known-hash.js";
import { hashValue } from "../../system/hash.js";
import { findPython } from "../../system/python/interpreter.js";
import { suggest } from "../../system/suggest.js";
import { outside, placeAt, type Place } from "./place.js";
import type { ToolSearch } from "./tool-search.js";
import { findWheelTool } from "./wheel-tool.js";

const usualFolders = ["/usr/local/bin", "/usr/bin", "/bin"];

/**
 * A tool as it is installed on this machine: its absolute path, what it reads beside /usr, and a PATH that has it. It
 * is looked for among the commands of the project's packages, then on the PATH.
 */
export async function findTool(
  { wheel, ...tool }: WantedTool,
  { purpose, isContainer, context }: ToolSearch,
): Promise<FoundTool> {
  if (wheel !== undefined) return await findWheelTool(tool, wheel, { purpose, context });
  if (isContainer) return { tool, hash: hashValue(tool.command) };
  const folders = tool.environment?.["PATH"]?.split(":") ?? [
    join(context.baseDir, "node_modules/.bin"),
    ...(process.env["PATH"] ?? "").split(delimiter).filter(isAbsolute),
    ...usualFolders,
  ];
  const place = (await known(tool.command)) ?? (await placeIn(tool.command, [...new Set(folders)]));
  const files = [place.command, ...(place.describedBy ?? [])];
  const hashes = await Promise.all(files.map(async (file) => await knownHash(file, context.cacheDir, context.signal)));
  return { tool: await withPlace(tool, place), hash: hashValue(hashes) };
}

async function withPlace(tool: CheckerTool, { command, readable }: Place): Promise<CheckerTool> {
  const PATH = [...new Set([dirname(command), dirname(process.execPath), ...usualFolders])].join(":");
  return {
    ...tool,
    command,
    readable: [...new Set([...readable, ...(await present(tool.readable ?? []))])],
    environment: { PATH, ...tool.environment },
  };
}

/** Interpreters that this toolkit runs with. */
async function known(command: string): Promise<Place | null> {
  if (command === "node") return { command: process.execPath, readable: outside([dirname(dirname(process.execPath))]) };
  if (command !== "python3" && command !== "python") return null;
  const { interpreter, readable } = await findPython();
  return { command: interpreter, readable };
}

async function placeIn(command: string, folders: readonly string[]): Promise<Place> {
  for (const path of isAbsolute(command) ? [command] : folders.map((folder) => join(folder, command))) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return await placeAt(path);
  }
  throw await notThere(command, folders);
}

async function notThere(command: string, folders: readonly string[]): Promise<PipelineError> {
  const names = isAbsolute(command)
    ? []
    : await Promise.all(folders.map(async (folder) => await readdir(folder).catch(() => [])));
  const meant = command.length < 3 ? undefined : suggest(command, names.flat());
  return new PipelineError(`there is no command ${command} here`, {
    code: "sandbox",
    hint:
      (meant === undefined ? "" : `Did you mean "${meant}"? `) +
      (isAbsolute(command)
        ? "Name the absolute path of a program that may be run."
        : "Install it so that it is on the PATH, or name its absolute path."),
  });
}

/** Those that are there; a * in the last part of a path stands for any characters. */
async function present(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const [begin = "", end] = basename(path).split("*");
      const names = await readdir(dirname(path)).catch(() => []);
      return names
        .filter((name) => (end === undefined ? name === begin : name.startsWith(begin) && name.endsWith(end)))
        .map((name) => join(dirname(path), name));
    }),
  );
  return found.flat();
}
