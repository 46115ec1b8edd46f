import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { runChild } from "../../system/child.js";
import { existsSync } from "node:fs";

/** Where a command is installed. */
export interface Place {
  /** Absolute path of its file, without links. */
  readonly command: string;
  /** Absolute folders that it reads, as far as a checker does not see them anyway. */
  readonly readable: readonly string[];
  /** Files that tell its version, where its own does not. */
  readonly describedBy?: readonly string[];
}

/** Folders whose contents every checker sees. */
const visible = /^\/(?:usr|bin|sbin|lib\w*)\//u;

/** Where the file is installed that a path leads to, through links and through what stands for a toolchain. */
export async function placeAt(path: string): Promise<Place> {
  const file = await realpath(path);
  if (basename(file) === "rustup") {
    // One program under many names, which starts the one of the toolchain in use.
    const { stdout: command } = await runChild(file, ["which", basename(path)], { code: "sandbox" });
    return { command, readable: outside([dirname(dirname(command))]) };
  }
  const [packages] = /^.*?\/node_modules(?=\/)/u.exec(file) ?? [];
  if (packages === undefined) return { command: file, readable: outside([dirname(file)]) };
  const description = join(dirname(dirname(file)), "package.json");
  return {
    command: file,
    readable: outside([packages]),
    ...(existsSync(description) && { describedBy: [description] }),
  };
}

/** Those of the folders that are not visible anyway. */
export function outside(folders: readonly string[]): string[] {
  return folders.filter((folder) => !visible.test(`${folder}/`));
}
