import { existsSync, readFileSync, statSync } from "node:fs";
import { copyFile, mkdir, readlink, stat, symlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import pMap from "p-map";
import { PipelineError } from "../system/errors.js";
import { hasStamp } from "../contract/generated-file.js";
import { hashFile, hashValue, sha256 } from "../system/hash.js";
import { type Listing, listFiles, type Refusal } from "./files.js";
import { openHashMemory } from "./hash-memory.js";
import type { SourceContext } from "./pinned.js";

/** A folder's content at one moment. */
export interface FolderState {
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
  /** SHA-256 over the names and contents of all files and the targets of all links. */
  readonly hash: string;
}

/** Reads what a folder holds. Hashes of files that did not change are remembered below `cacheDir`. */
export async function readFolder(
  path: string,
  { baseDir, cacheDir, signal }: Pick<SourceContext, "baseDir" | "cacheDir" | "signal">,
): Promise<FolderState> {
  const folder = resolve(baseDir, path);
  await expectFolder(folder, path);
  return { folder, name: basename(folder) || "root", hash: await hashFolder(folder, { cacheDir, signal }) };
}

/** Copies a folder's files, and checks that the copy is what `state` says. */
export async function copyFolder(state: FolderState, target: string, signal: AbortSignal): Promise<readonly Refusal[]> {
  const { files, refused } = await listFolder(state.folder);
  for (const inner of new Set(files.map(({ path }) => dirname(path))))
    await mkdir(join(target, inner), { recursive: true });
  const hashes = await pMap(
    files,
    async ({ path, link }) => {
      const [from, to] = [join(state.folder, path), join(target, path)];
      if (link) {
        const destination = await readlink(from);
        await symlink(destination, to);
        return linkHash(destination);
      }
      return await copyAndHash(from, to, signal);
    },
    { concurrency: 16, signal },
  );
  if (contentHash(files, hashes) !== state.hash) {
    throw new PipelineError(`the folder ${state.folder} changed while it was copied`, {
      code: "source",
      hint: "run again when nothing writes to it",
    });
  }
  return refused;
}

/** Copies a file. Answers the hash of the copy: that of a small one is read from memory, without waiting for it. */
async function copyAndHash(from: string, to: string, signal: AbortSignal): Promise<string> {
  await copyFile(from, to);
  return statSync(to).size > small ? await hashFile(to, signal) : sha256(readFileSync(to));
}

/** Gives others their turn between files for which nothing is waited: an interruption, the screen. */
async function pause(index: number): Promise<void> {
  if (index % 64 === 0) await setImmediate();
}

/** Bytes of a file that is read as a whole. */
const small = 1 << 18;

/** What of a folder is taken for source: not what tools, version control and this program keep in it. */
export async function listFolder(folder: string): Promise<Listing> {
  return await listFiles(folder, isSkipped(folder));
}

async function hashFolder(
  folder: string,
  { cacheDir, signal }: Pick<SourceContext, "cacheDir" | "signal">,
): Promise<string> {
  const memory = await openHashMemory(join(cacheDir, "folders", `${sha256(folder).slice(0, 16)}.json`));
  const { files } = await listFolder(folder);
  const hashes = await pMap(
    files,
    async ({ path, link }, index) => {
      await pause(index);
      const full = join(folder, path);
      return link ? linkHash(await readlink(full)) : memory.hash(path, full);
    },
    { concurrency: 16, signal },
  );
  await memory.save();
  return contentHash(files, hashes);
}

function contentHash(files: readonly { path: string }[], hashes: readonly string[]): string {
  return hashValue(files.map(({ path }, index) => [path, hashes[index]]));
}

function linkHash(target: string): string {
  return `link:${target}`;
}

/** Folders of version control and of tools, which hold no source of the user's own. */
const skippedNames: ReadonlySet<string> = new Set([
  ".git",
  ".hg",
  ".svn",
  ".pipeline",
  "__pycache__",
  "node_modules",
  ".venv",
  ".direnv",
  ".tox",
  ".nox",
  ".mypy_cache",
  ".pytest_cache",
  ".ruff_cache",
  ".hypothesis",
  ".ipynb_checkpoints",
  ".eggs",
  ".idea",
  ".vscode",
]);

/**
 * Skips virtual environments too, and what this program itself writes: its outputs would change the source that they
 * are made from.
 */
function isSkipped(root: string): (path: string, isFolder: boolean) => boolean {
  const isProject = (folder: string) => existsSync(join(root, folder, ".pipeline"));
  return (path, isFolder) => {
    if (!isFolder) return basename(path) === "pipeline.lock" || isGeneratedTest(join(root, path));
    if (skippedNames.has(basename(path)) || existsSync(join(root, path, "pyvenv.cfg"))) return true;
    return basename(dirname(path)) === "data" && isProject(dirname(dirname(path)));
  };
}

/** Tests that `pipeline generate` wrote are no source, and no one's work to learn from. */
function isGeneratedTest(path: string): boolean {
  return /^test_.*\.py$/u.test(basename(path)) && hasStamp(path);
}

async function expectFolder(folder: string, written: string): Promise<void> {
  let found: string;
  try {
    const facts = await stat(folder);
    if (facts.isDirectory()) return;
    found = "it is a file";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    found = code === "ENOENT" ? "there is none" : `it cannot be read (${code})`;
  }
  throw new PipelineError(`expected a folder at ${folder}, but ${found}`, {
    code: "reference",
    hint: `"folder:${written}" is relative to the pipeline file's folder`,
  });
}
