import { stat } from "node:fs/promises";
import { join } from "node:path";
import { hashFile, hashValue } from "../../pipeline/hash.js";
import { Artifact } from "../../pipeline/records.js";

/** A folder or a file of a training, as an artifact; null where none of the files is of it. The hash is over names and contents. */
export async function artifactOf(
  { type, path, facts }: Pick<Artifact, "type" | "path" | "facts">,
  { files, folder, from }: { readonly files: readonly string[]; readonly folder: string; readonly from?: Artifact },
): Promise<Artifact | null> {
  const own = files.filter((file) => file === path || file.startsWith(`${path}/`));
  if (own.length === 0) return null;
  const contents = await Promise.all(own.map(async (file) => ({
    file, sha256: await hashFile(join(folder, file)), bytes: (await stat(join(folder, file))).size,
  })));
  const [only] = contents;
  const sha256 = only !== undefined && only.file === path ? only.sha256 : hashValue(contents.map(({ file, sha256: hash }) => [file.slice(path.length + 1), hash]));
  return Artifact.make({ type, path, sha256, bytes: contents.reduce((sum, { bytes }) => sum + bytes, 0), facts }, { source: null, from: from === undefined ? [] : [from] });
}
