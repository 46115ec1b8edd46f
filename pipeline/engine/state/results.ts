import { readdir, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { emptyTrash, removeFolder } from "../../system/files/remove-folder.js";
import { sizeOf } from "../../system/files/size.js";

/** Bytes of step results that a project keeps, unless told. */
export const keptBytes = 10e9;

/** The results of one step under one fingerprint, finished or not. */
export interface StepResult {
  readonly step: string;
  /** Its folder: `.pipeline/steps/<step>/<first 16 digits of the fingerprint>`. */
  readonly folder: string;
  readonly fingerprint: string;
  readonly bytes: number;
  /** When a run last used it, milliseconds since the epoch. */
  readonly used: number;
}

/** All results that a project keeps, of every pipeline; what was used last comes first. */
export async function listResults(stateDir: string): Promise<StepResult[]> {
  const steps = await foldersIn(join(stateDir, "steps"));
  const results = await Promise.all(
    steps.map(async (step) => {
      const names = await foldersIn(join(stateDir, "steps", step));
      return await Promise.all(
        names.map(async (fingerprint) => {
          const folder = join(stateDir, "steps", step, fingerprint);
          return { step, folder, fingerprint, bytes: await sizeOf(folder), used: (await stat(folder)).mtimeMs };
        }),
      );
    }),
  );
  return results.flat().toSorted((a, b) => b.used - a.used);
}

/** Notes that a run uses a result, also one that was finished before. */
export async function noteUse(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now);
}

/**
 * Removes results that were not used for longest until the rest takes no more than `keep` bytes. Those in use, the
 * folders of the running pipeline's steps, are never removed. Only the holder of the run lock may call it.
 */
export async function pruneResults(
  stateDir: string,
  { keep, inUse }: { readonly keep: number; readonly inUse: ReadonlySet<string> },
): Promise<void> {
  const results = await listResults(stateDir);
  let total = results.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { folder, bytes } of results.toReversed()) {
    if (total <= keep) break;
    if (inUse.has(folder)) continue;
    await removeResult(stateDir, folder);
    total -= bytes;
  }
  await emptyTrash(trashOf(stateDir));
}

/** Removes a result, whole: what is left of one would be taken for finished parts of it. */
export async function removeResult(stateDir: string, folder: string): Promise<void> {
  await removeFolder(folder, trashOf(stateDir));
}

function trashOf(stateDir: string): string {
  return join(stateDir, "removed");
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
