import { hashArtifact } from "../../../pipeline/contract/artifact-hash.js";
import { Artifact } from "../../../pipeline/contract/records.js";

/** A folder or a file of a training, as an artifact; null where none of the files is of it. */
export async function artifactOf(
  { type, path, facts }: Pick<Artifact, "type" | "path" | "facts">,
  { files, folder, from }: { readonly files: readonly string[]; readonly folder: string; readonly from?: Artifact },
): Promise<Artifact | null> {
  if (!files.some((file) => file === path || file.startsWith(`${path}/`))) return null;
  return Artifact.make(
    { type, path, ...(await hashArtifact(folder, path)), facts },
    { source: null, from: from === undefined ? [] : [from] },
  );
}
