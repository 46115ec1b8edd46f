import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { knownHash } from "../../../system/files/known-hash.js";
import { partsOf } from "../../../system/gguf-parts.js";
import type { Weights } from "../gguf-model.js";
import type { FoundModel } from "./found-model.js";
import { hubCacheBlob, listHubCache, snapshotFolder } from "./hub-cache.js";
import { listLmStudio } from "./lm-studio.js";
import { listOllama, ollamaBlob } from "./ollama.js";

/** Models that other programs have put on this machine: Ollama, LM Studio and the tools of Hugging Face. */
export async function listFound(): Promise<FoundModel[]> {
  const found = await Promise.all([listOllama(), listLmStudio(), listHubCache()]);
  return found.flat();
}

/** A file that another program says has this SHA-256; null where none does. */
export async function lyingPath(sha256: string): Promise<string | null> {
  return (await ollamaBlob(sha256)) ?? (await hubCacheBlob(sha256));
}

/**
 * A file of this SHA-256 that another program has put on this machine, read once to be sure of it; null where there is
 * none. LM Studio tells no hashes: of its files those of the same size are read.
 */
export async function findLying(
  { sha256, bytes }: { readonly sha256: string; readonly bytes?: number },
  { cacheDir, signal }: { readonly cacheDir: string; readonly signal: AbortSignal },
): Promise<{ readonly path: string; readonly bytes: number } | null> {
  const named = [await ollamaBlob(sha256), await hubCacheBlob(sha256)].filter((path) => path !== null);
  const alike = bytes === undefined ? [] : (await listLmStudio()).filter((model) => model.bytes === bytes);
  for (const path of [...named, ...alike.map((model) => model.path).filter((each) => partsOf(each) === null)])
    if ((await knownHash(path, cacheDir, signal)) === sha256) return { path, bytes: (await stat(path)).size };
  return null;
}

/** Whether another program has put what was pinned on this machine, as far as names tell. */
export async function liesHere(
  weights: Extract<Weights, { type: "places" | "hf" | "snapshot" | "file" | "folder" }>,
): Promise<boolean> {
  switch (weights.type) {
    case "places":
      return (await lyingPath(weights.sha256)) !== null;
    case "hf":
      return await areInSnapshot(
        weights,
        (weights.parts ?? [weights]).map(({ file }) => file),
      );
    case "snapshot":
      return await areInSnapshot(
        weights,
        weights.files.map(({ name }) => name),
      );
    case "file":
    case "folder":
      return true;
  }
}

async function areInSnapshot(
  { repository, commit }: { readonly repository: string; readonly commit: string },
  files: readonly string[],
): Promise<boolean> {
  return files.every((file) => existsSync(join(snapshotFolder(repository, commit), ...file.split("/"))));
}
