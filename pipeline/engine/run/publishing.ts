import { constants } from "node:fs";
import { copyFile, lstat, mkdir, readdir, readFile, realpath, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { z } from "zod";
import { PipelineError } from "../../system/errors.js";
import { RelativePath, strayPath } from "../../system/files/relative-path.js";
import { commitFile, partialPath, sync, writeFileAtomic } from "../../system/files/write-file.js";
import { hashFile } from "../../system/hash.js";
import type { OutputFile } from "../state/manifest.js";
import { manifestName } from "../config/outputs.js";
import { OutputsManifest } from "../state/outputs-manifest.js";
import { parseJson } from "../../system/files/parse-json.js";

/*
 * How outputs are published: whole or not at all.
 *
 *   <outputs>/.publishing/files/...     every new file, complete and on the disk
 *   <outputs>/.publishing/ready.json    written last: from here on the new outputs count
 *   <outputs>/...                       each file is then renamed to its place, and what is stale is removed
 *
 * A kill before ready.json leaves the old outputs, untouched. A kill after it leaves all that is needed to finish: the
 * next run does so before anything else, in the time that some renames take. The folder itself is never exchanged for
 * another: it may be a link, a mount, the folder that somebody stands in, and it holds files of the user's own, which
 * would be moved about. No system call that Node has exchanges several files at once.
 */

/** Folder in the outputs, there while they are published. */
export const publishingFolder = ".publishing";

const Ready = z.object({
  files: z.array(RelativePath),
  stale: z.array(RelativePath),
  manifest: OutputsManifest,
});
type Ready = z.infer<typeof Ready>;

/** What is to be published: files, each with the place that it is copied from, and what goes. */
export interface Publication {
  readonly files: readonly (OutputFile & { readonly from: string })[];
  readonly stale: readonly string[];
  readonly manifest: OutputsManifest;
}

/** Publishes into a folder that `completePublishing` was called for. */
export async function publishFiles(folder: string, { files, stale, manifest }: Publication): Promise<void> {
  const publishing = join(folder, publishingFolder);
  await mkdir(join(publishing, "files"), { recursive: true });
  const changed: string[] = [];
  for (const { path, sha256, bytes, from } of files) {
    await checkPlace(folder, path, stale);
    if (await isSame(join(folder, path), { sha256, bytes })) continue;
    const staged = join(publishing, "files", path);
    await mkdir(dirname(staged), { recursive: true });
    await copyFile(from, staged, constants.COPYFILE_FICLONE);
    await sync(staged);
    changed.push(path);
  }
  const ready: Ready = { files: changed, stale: [...stale], manifest };
  await writeFileAtomic(join(publishing, "ready.json"), JSON.stringify(ready));
  await finish(folder, ready);
}

/**
 * Finishes what an earlier run began to publish in a folder, where it got as far as to have everything; else removes
 * it. Only the holder of the run lock may call it. `warn` is told of what cannot be trusted.
 */
export async function completePublishing(folder: string, warn: (message: string) => void): Promise<void> {
  const publishing = join(folder, publishingFolder);
  let text: string;
  try {
    text = await readFile(join(publishing, "ready.json"), "utf8");
  } catch (error) {
    if (!["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return await rm(publishing, { recursive: true, force: true });
  }
  const ready = Ready.safeParse(parseJson(text));
  if (ready.success) return await finish(folder, ready.data);
  warn(`${join(publishing, "ready.json")} is damaged: the outputs are published again`);
  await rm(publishing, { recursive: true, force: true });
}

/** May be done again, from any point at which it was stopped. */
async function finish(folder: string, { files, stale, manifest }: Ready): Promise<void> {
  const publishing = join(folder, publishingFolder);
  const folders = new Set([folder]);
  for (const path of stale) await removeStale(folder, path);
  for (const path of files) {
    const place = join(folder, path);
    await mkdir(dirname(place), { recursive: true });
    await moveFile(join(publishing, "files", path), place);
    folders.add(dirname(place));
  }
  for (const changed of folders) await sync(changed);
  // Not beside its place: a kill leaves nothing among the outputs that is none.
  await writeFileAtomic(join(publishing, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  await commitFile(join(publishing, manifestName), join(folder, manifestName));
  await rm(publishing, { recursive: true, force: true });
}

/** Removes a file that was published once, and the folders that it leaves empty. Not through a link that leads out. */
async function removeStale(folder: string, path: string): Promise<void> {
  const place = join(folder, path);
  const parent = await realpath(dirname(place)).catch(() => null);
  const inside = parent === null ? null : relative(await realpath(folder), parent);
  if (inside === null || (inside !== "" && strayPath(inside.split(sep).join("/")) !== null)) return;
  const found = await lstat(place).catch(() => null);
  if (found !== null && !found.isDirectory()) await rm(place, { force: true });
  for (let empty = dirname(path); empty !== "."; empty = dirname(empty)) {
    const removed = await rmdir(join(folder, empty)).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/** A file that is no longer there was moved before the kill. */
async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return;
    if (["EISDIR", "ENOTDIR", "ENOTEMPTY", "EEXIST"].includes(code ?? ""))
      throw inTheWay(to, "a folder of yours stands in its place");
    if (code !== "EXDEV") throw error;
    // A folder of the outputs may be a link to another disk.
    const partial = partialPath(to);
    await copyFile(from, partial);
    await sync(partial);
    await commitFile(partial, to);
  }
}

/** Throws a PipelineError where something of the user's stands in the way, before anything is changed. */
async function checkPlace(folder: string, path: string, stale: readonly string[]): Promise<void> {
  const parts = path.split("/");
  for (const [index] of parts.entries()) {
    const part = parts.slice(0, index + 1).join("/");
    const found = await lstat(join(folder, part)).catch(() => null);
    const isLast = index === parts.length - 1;
    if (found === null || stale.includes(part)) return;
    if (found.isSymbolicLink() && !isLast) continue;
    if (found.isDirectory() !== isLast || (isLast && (await holdsOnly(folder, part, stale)))) continue;
    throw inTheWay(join(folder, path), `${join(folder, part)} is a ${isLast ? "folder" : "file"} of yours`);
  }
}

async function holdsOnly(folder: string, inner: string, files: readonly string[]): Promise<boolean> {
  const entries = await readdir(join(folder, inner), { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return names.every((name) => files.includes(name));
}

function inTheWay(path: string, what: string): PipelineError {
  return new PipelineError(`cannot publish ${path}: ${what}`, {
    code: "disk",
    hint: "move it, or name another folder for the step's files: output: FOLDER",
  });
}

async function isSame(place: string, { sha256, bytes }: Pick<OutputFile, "sha256" | "bytes">): Promise<boolean> {
  const found = await lstat(place).catch(() => null);
  return found?.isFile() === true && found.size === bytes && (await hashFile(place)) === sha256;
}
