import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { belongsToModel, bytesOf, folderHash, type ModelFile, requireModel } from "./folder.js";
import { nearestFirst } from "./found/nearest.js";
import { snapshotHere } from "./found/pinned-here.js";
import { downloadHubFile, listHubFiles } from "./hub.js";
import type { ModelLocation } from "./location.js";
import type { Weights } from "./gguf-model.js";
import type { ModelContext } from "../resolved.js";

type Location = Extract<ModelLocation, { type: "snapshot" }>;
type Snapshot = Extract<Weights, { type: "snapshot" }>;

const Pin = z.strictObject({
  commit: z.string(),
  files: z.array(z.strictObject({ name: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/u), bytes: z.int() })),
});

/** The commit that a revision of a repository stands for, and the files of the model in it. Fetches no weights. */
export async function pinSnapshot(
  { repository, revision }: Location,
  { lockfile, cacheDir, signal }: Pick<ModelContext, "lockfile" | "cacheDir" | "signal">,
): Promise<Snapshot> {
  const reference = `hf:${repository}${revision === "main" ? "" : `@${revision}`}`;
  const { commit, files } = await lockfile.pin(reference, Pin, async (isUpdate) => {
    const found = await nearestFirst(
      isUpdate,
      async () => await snapshotHere({ repository, revision }, { cacheDir, signal }),
      async () => await listHubFiles({ repository, revision }, belongsToModel, signal),
    );
    requireModel(
      found.files.map(({ name }) => name),
      `${repository} at ${revision}`,
    );
    return found;
  });
  return { type: "snapshot", repository, commit, files, sha256: folderHash(files), bytes: bytesOf(files) };
}

/** Downloads every file of a snapshot into a folder, from where an earlier attempt was cut. */
export async function downloadSnapshot(
  { repository, commit, files, bytes }: Snapshot,
  folder: string,
  { progress, signal }: Parameters<typeof downloadHubFile>[2],
): Promise<readonly ModelFile[]> {
  let before = 0;
  for (const { name, sha256, bytes: size } of files) {
    const begun = before;
    const file = { type: "hf" as const, repository, commit, file: name, sha256, bytes: size };
    const own = dirname(join(folder, name));
    await mkdir(own, { recursive: true });
    await downloadHubFile(file, own, { signal, progress: (done) => progress(begun + done, bytes) });
    before += size;
  }
  return files;
}
