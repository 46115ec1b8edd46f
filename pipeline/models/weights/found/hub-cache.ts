import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, relative, sep } from "node:path";
import { partsOf } from "../../../system/gguf-parts.js";
import { knownHash } from "../../../system/files/known-hash.js";
import { belongsToModel, requireModel } from "../folder.js";
import type { FoundModel } from "./found-model.js";

/**
 * The cache that Hugging Face's own tools share: `models--OWNER--NAME/` holds `refs/` with the commit that a revision
 * stood for when it was last asked, `snapshots/COMMIT/` with links to files, and `blobs/` with the files themselves, a
 * large one under its SHA-256.
 */
export function hubCacheFolder(): string {
  const { HF_HUB_CACHE: hub = "", HF_HOME: home = "", XDG_CACHE_HOME: cache = "" } = process.env;
  if (hub !== "") return hub;
  if (home !== "") return join(home, "hub");
  return join(cache === "" ? join(homedir(), ".cache") : cache, "huggingface", "hub");
}

/** A file of a repository, as the cache has it. */
export interface HubCacheFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

function repositoryFolder(repository: string): string {
  return join(hubCacheFolder(), `models--${repository.replace("/", "--")}`);
}

/** The folder of a commit's files. */
export function snapshotFolder(repository: string, commit: string): string {
  return join(repositoryFolder(repository), "snapshots", commit);
}

/** The commit that a branch, a tag or a commit stands for in the cache; null where it does not know it. */
export async function cachedCommit(repository: string, revision: string): Promise<string | null> {
  const ref = await readFile(join(repositoryFolder(repository), "refs", revision), "utf8").catch(() => revision);
  const commit = ref.trim();
  const isThere = /^[0-9a-f]{40}$/u.test(commit) && (await isFolder(snapshotFolder(repository, commit)));
  return isThere ? commit : null;
}

/** A file of a snapshot, hashed; null where it is not there, or is not what its name says it is. */
export async function hubCacheFile(
  repository: string,
  commit: string,
  file: string,
  { cacheDir, signal }: { readonly cacheDir: string; readonly signal: AbortSignal },
): Promise<HubCacheFile | null> {
  const path = join(snapshotFolder(repository, commit), ...file.split("/"));
  const found = await stat(path).catch(() => null);
  if (found?.isFile() !== true) return null;
  const sha256 = await knownHash(path, cacheDir, signal);
  const blob = basename(await realpath(path));
  return /^[0-9a-f]{64}$/u.test(blob) && blob !== sha256 ? null : { path, sha256, bytes: found.size };
}

/** A large file of any repository that the cache has under this SHA-256; null where it has none. */
export async function hubCacheBlob(sha256: string): Promise<string | null> {
  for (const name of await readdir(hubCacheFolder()).catch(() => [])) {
    const path = join(hubCacheFolder(), name, "blobs", sha256);
    if ((await stat(path).catch(() => null))?.isFile() === true) return path;
  }
  return null;
}

/** Names of the files of a snapshot that make a model of it; null where they do not make a whole one. */
export async function wholeSnapshot(repository: string, commit: string): Promise<readonly string[] | null> {
  const folder = snapshotFolder(repository, commit);
  const names = (await namesIn(folder)).filter(belongsToModel).toSorted();
  try {
    requireModel(names, folder);
    const index = await readFile(join(folder, "model.safetensors.index.json"), "utf8").catch(() => null);
    const parts =
      index === null
        ? []
        : Object.values((JSON.parse(index) as { weight_map?: Record<string, string> }).weight_map ?? {});
    const hasTokenizer = names.some((name) => /^(?:tokenizer\.(?:json|model)|vocab\.(?:json|txt))$/u.test(name));
    return hasTokenizer && parts.every((part) => names.includes(part)) ? names : null;
  } catch {
    return null;
  }
}

/** All models that the cache has whole: GGUF files, and folders in the form of transformers. */
export async function listHubCache(): Promise<FoundModel[]> {
  const repositories = (await readdir(hubCacheFolder()).catch(() => [])).flatMap((name) => {
    const [, owner, model] = /^models--([^-].*?)--(.+)$/u.exec(name) ?? [];
    return owner === undefined || model === undefined ? [] : [`${owner}/${model}`];
  });
  const found = await Promise.all(repositories.map(modelsOf));
  return found.flat().toSorted((a, b) => (a.source < b.source ? -1 : 1));
}

async function modelsOf(repository: string): Promise<FoundModel[]> {
  const current = await cachedCommit(repository, "main");
  const commits = await readdir(join(repositoryFolder(repository), "snapshots")).catch(() => []);
  const found = await Promise.all(
    commits.map(async (commit) => {
      const folder = snapshotFolder(repository, commit);
      const source = `hf:${repository}${commit === current ? "" : `@${commit}`}`;
      const [names, whole] = [await namesIn(folder), await wholeSnapshot(repository, commit)];
      const files = names.filter((name) => name.endsWith(".gguf") && (partsOf(name) ?? [name])[0] === name);
      const ggufs = await Promise.all(
        files.map(async (name) => {
          const bytes = await bytesOf((partsOf(name) ?? [name]).map((part) => join(folder, part)));
          const path = join(folder, name);
          const blob = basename(await realpath(path).catch(() => path));
          const sha256 = partsOf(name) === null && /^[0-9a-f]{64}$/u.test(blob) ? blob : null;
          return bytes === null
            ? []
            : [{ tool: "Hugging Face" as const, source: `${source}/${name}`, path, bytes, sha256 }];
        }),
      );
      const bytes = whole === null ? null : await bytesOf(whole.map((name) => join(folder, name)));
      const own = bytes === null ? [] : [{ tool: "Hugging Face" as const, source, path: folder, bytes, sha256: null }];
      return [...ggufs.flat(), ...own];
    }),
  );
  return found.flat();
}

/** Files below a folder, with / between the parts of a name. */
async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
}

async function bytesOf(paths: readonly string[]): Promise<number | null> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path).catch(() => null))?.size ?? null));
  return sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}
