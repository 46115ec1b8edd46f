import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../../../pipeline/contract/stage.js";
import type { SourceTally } from "./tally.js";

/** The licence texts of a source, as a file among the outputs. */
export interface LicenceFile {
  /** Name and version of the source. */
  readonly name: string;
  readonly ref: string;
  /** POSIX path below the outputs. */
  readonly path: string;
}

/**
 * Copies the licence texts of every source to LICENSES/<name>-<version>.txt. A source that ships no text gets no file.
 */
export async function copyLicences(
  tallies: readonly SourceTally[],
  context: Pick<Context, "sourceTree" | "outputDir">,
): Promise<LicenceFile[]> {
  const sources = new Map(tallies.map(({ source }) => [source.ref, source]));
  const files: LicenceFile[] = [];
  for (const [ref, source] of [...sources].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const { folder, licence } = await context.sourceTree(source);
    if (licence.files.length === 0) continue;
    // Bytes, since a source may have its licence in any encoding.
    const texts = await Promise.all(
      licence.files.map(async (file) => ({ file, bytes: await readFile(join(folder, file)) })),
    );
    const parts = texts.map(({ file, bytes }, position) => [
      Buffer.from(`${position === 0 ? "" : "\n"}==> ${file} <==\n\n`),
      bytes,
    ]);
    const path = freePath(`LICENSES/${safe(source.name)}-${safe(source.version)}`, files);
    await mkdir(join(context.outputDir, "LICENSES"), { recursive: true });
    await writeFile(
      join(context.outputDir, path),
      Buffer.concat(texts.length === 1 ? texts.map(({ bytes }) => bytes) : parts.flat()),
    );
    files.push({ name: `${source.name} ${source.version}`, ref, path });
  }
  return files;
}

/** Names of sources may hold what a file name must not. */
function safe(name: string): string {
  return name.replaceAll(/[^\w.+-]+/gu, "_").replace(/^\.+/u, "_");
}

/** Two sources may share name and version: a fork of the same package. */
function freePath(stem: string, files: readonly LicenceFile[]): string {
  for (let copy = 1; ; copy += 1) {
    const path = copy === 1 ? `${stem}.txt` : `${stem}-${copy}.txt`;
    if (!files.some((file) => file.path.toLowerCase() === path.toLowerCase())) return path;
  }
}
