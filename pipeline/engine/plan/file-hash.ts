import { stat } from "node:fs/promises";
import { join } from "node:path";
import { hashFile } from "../../system/hash.js";
import type { StepManifest } from "../state/manifest.js";
import type { Store } from "../state/store.js";

/** The file's SHA-256, remembered by inode, size and time of change: hashing gigabytes at every plan would be felt. */
export async function rememberedHash(path: string, store: Store): Promise<string> {
  const stamp = await stampOf(path);
  const known = store.fileHash(path, stamp);
  if (known !== undefined) return known;
  const hash = await hashFile(path);
  store.keepFileHash(path, stamp, hash);
  return hash;
}

/** Remembers the hashes of files that were just written. */
export async function rememberHashes(
  folder: string,
  { records, left, outputs }: StepManifest,
  store: Store,
): Promise<void> {
  const files = [records, left, ...outputs.map(({ path, sha256 }) => ({ path: join(folder, "output", path), sha256 }))];
  for (const { path, sha256 } of files) store.keepFileHash(path, await stampOf(path), sha256);
}

async function stampOf(path: string): Promise<{ inode: number; size: number; modified: number }> {
  const { ino, size, mtimeMs } = await stat(path);
  return { inode: ino, size, modified: mtimeMs };
}
