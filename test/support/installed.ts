import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../../pipeline/system/paths.js";

/** Makes this package be there for files of a folder, as `npm install` would. */
export async function installIn(folder: string): Promise<void> {
  await mkdir(join(folder, "node_modules"));
  await symlink(packageRoot, join(folder, "node_modules/distil-pipeline"));
}
