import type { ModelContext } from "../../resolved.js";
import type { ModelFile } from "../folder.js";
import type { HubWeights, Weights } from "../gguf-model.js";
import { cachedCommit, hubCacheFile, snapshotFolder, wholeSnapshot } from "./hub-cache.js";

type Place = Pick<ModelContext, "cacheDir" | "signal">;
type Named = { readonly repository: string; readonly revision: string };
type Snapshot = Extract<Weights, { type: "snapshot" }>;

/** Files of a repository, as Hugging Face's cache has them; null where it has not all of them. */
export async function filesHere(
  { repository, revision }: Named,
  files: readonly string[],
  place: Place,
): Promise<{ readonly commit: string; readonly files: { file: string; sha256: string; bytes: number }[] } | null> {
  const commit = await cachedCommit(repository, revision);
  if (commit === null) return null;
  const found: { file: string; sha256: string; bytes: number }[] = [];
  for (const file of files) {
    const here = await hubCacheFile(repository, commit, file, place);
    if (here === null) return null;
    found.push({ file, sha256: here.sha256, bytes: here.bytes });
  }
  return { commit, files: found };
}

/** A model in the form of transformers, as Hugging Face's cache has it; null where it is not whole there. */
export async function snapshotHere(
  { repository, revision }: Named,
  place: Place,
): Promise<{ readonly commit: string; readonly files: ModelFile[] } | null> {
  const commit = await cachedCommit(repository, revision);
  const names = commit === null ? null : await wholeSnapshot(repository, commit);
  const here = names === null ? null : await filesHere({ repository, revision }, names, place);
  return here && { commit: here.commit, files: here.files.map(({ file: name, ...facts }) => ({ name, ...facts })) };
}

/**
 * Where what was pinned lies in Hugging Face's cache: the first part of a file, or the folder of a commit. null where
 * it is not there whole, or is other than it was pinned.
 */
export async function pinnedHere(weights: HubWeights | Snapshot, place: Place): Promise<string | null> {
  const { repository, commit } = weights;
  const wanted =
    weights.type === "snapshot"
      ? weights.files.map(({ name, ...facts }) => ({ file: name, ...facts }))
      : (weights.parts ?? [weights]);
  let first: string | null = null;
  for (const { file, sha256 } of wanted) {
    const here = await hubCacheFile(repository, commit, file, place);
    if (here?.sha256 !== sha256) return null;
    first ??= here.path;
  }
  return weights.type === "snapshot" ? snapshotFolder(repository, commit) : first;
}
