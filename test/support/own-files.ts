import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createSources } from "../../pipeline/sources/service.js";
import { serviceContext } from "../sources/support/context.js";

/** A folder that pipeline files would lie in, with these files of the user's, and what a stage reads them by. */
export async function ownFiles(files: Readonly<Record<string, string | Buffer>>) {
  const context = await serviceContext(new Map());
  for (const [path, data] of Object.entries(files)) {
    await mkdir(dirname(join(context.baseDir, path)), { recursive: true });
    await writeFile(join(context.baseDir, path), data);
  }
  return { baseDir: context.baseDir, services: { sources: createSources(context).api } };
}

/** The same, all of them in the folder "mine". */
export async function filesInMine(files: Readonly<Record<string, string | Buffer>>) {
  return await ownFiles(Object.fromEntries(Object.entries(files).map(([path, data]) => [`mine/${path}`, data])));
}
