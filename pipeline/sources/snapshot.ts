import { chmodSync } from "node:fs";
import { chmod, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder } from "../system/files/make-folder.js";
import { syncAll } from "../system/files/sync-all.js";
import { Reason } from "../contract/reasons.js";
import { type Refusal, inOrder, listFiles, removeUnsafeLinks } from "./files.js";

/** Raised when the same source would give another snapshot; snapshots of another format are made again. */
export const snapshotFormat = 3;

const Description = z.strictObject({
  format: z.literal(snapshotFormat),
  refused: z.array(z.strictObject({ path: z.string(), reason: Reason })),
});

/** A whole, read-only copy of a source on disk. */
export interface Snapshot {
  /** Absolute folder of the source's files. */
  readonly folder: string;
  readonly refused: readonly Refusal[];
}

/**
 * The snapshot of this name below `root`, made by `fill` where there is none. `fill` writes the files into an
 * empty folder and answers what it left out; links that lead outside are taken out here.
 *
 *     <root>/<name>/files/          the source
 *     <root>/<name>/snapshot.json   what was left out
 */
export async function openSnapshot(
  root: string,
  name: string,
  fill: (folder: string) => Promise<readonly Refusal[]>,
): Promise<Snapshot> {
  const found = await findSnapshot(root, name);
  if (found !== null) return found;
  await makeFolder(
    root,
    name,
    async (partial) => {
      const folder = join(partial, "files");
      await mkdir(folder);
      await close(partial, await fill(folder));
    },
    { isWhole: async () => (await findSnapshot(root, name)) !== null },
  );
  const made = await findSnapshot(root, name);
  if (made === null) throw new Error(`the snapshot ${join(root, name)} was removed while it was in use`);
  return made;
}

/** The snapshot of this name, or null where there is none. */
export async function findSnapshot(root: string, name: string): Promise<Snapshot | null> {
  try {
    const { refused } = Description.parse(JSON.parse(await readFile(join(root, name, "snapshot.json"), "utf8")));
    return { folder: join(root, name, "files"), refused };
  } catch {
    return null;
  }
}

/** Takes out what is not safe, makes the rest read-only and puts it on the disk. */
async function close(partial: string, left: readonly Refusal[]): Promise<void> {
  const folder = join(partial, "files");
  const listing = await listFiles(folder);
  await removeUnsafeNames(Buffer.from(folder));
  const links = await removeUnsafeLinks(folder, listing.files);
  const refused = inOrder([...left, ...listing.refused, ...links]);

  // Whoever reads the snapshot (a sandboxed user of its own, too) can read it, and no one changes it by accident.
  const files = listing.files.filter(({ link }) => !link).map(({ path }) => join(folder, path));
  for (const file of files) chmodSync(file, 0o444);
  await writeFile(
    join(partial, "snapshot.json"),
    JSON.stringify({ format: snapshotFormat, refused } satisfies z.input<typeof Description>),
  );
  const inner = await folders(partial);
  for (const each of inner) await chmod(each, 0o755);
  await syncAll(partial, [...files, join(partial, "snapshot.json"), ...inner]);
}

/** Works on bytes: a name that is not UTF-8 cannot be reached through text. */
async function removeUnsafeNames(folder: Buffer): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: "buffer" })) {
    const name = entry.name as unknown as Buffer;
    const path = Buffer.concat([folder, Buffer.from("/"), name]);
    // oxlint-disable-next-line no-control-regex
    if (/[\u0000-\u001F\u007F\\\uFFFD]/u.test(name.toString("utf8"))) await rm(path, { recursive: true });
    else if (entry.isDirectory()) await removeUnsafeNames(path);
  }
}

async function folders(root: string): Promise<string[]> {
  const inner = await readdir(root, { withFileTypes: true, recursive: true });
  return [...inner.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name)), root];
}
