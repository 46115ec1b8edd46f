import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import { SourceFile } from "../../../pipeline/contract/records.js";
import type { SourceTree } from "../../../pipeline/contract/sources.js";
import { decodeText } from "../lib/decode.js";
import type { SourceGate } from "../lib/licences.js";
import { languageOf } from "../lib/languages.js";
import { moduleOf, roleOf } from "../lib/place.js";

interface ReadOptions {
  /** Bytes. */
  readonly maxFileSize: number;
  readonly licences: SourceGate;
  /** Whether a folder of the source is a package with an __init__.py. */
  readonly isPackage: (folder: string) => boolean;
}

/** One file of a source as a record, or why it is refused: null where its source is, as a whole. */
export async function readSourceFile(
  tree: SourceTree,
  path: string,
  { maxFileSize, licences, isPackage }: ReadOptions,
): Promise<SourceFile | { readonly refused: Reason | null }> {
  const place = join(tree.folder, path);
  const { size } = await stat(place);
  if (size > maxFileSize)
    return { refused: reason("too-large", `size: ${size} bytes, more than maxFileSize ${maxFileSize}`) };
  const language = languageOf(path);
  const decoded = decodeText(await readFile(place), language);
  if ("reason" in decoded) return { refused: decoded.reason };
  const { text, encoding } = decoded;
  const licence = licences.ofFile(path, text);
  if ("reason" in licence) return { refused: licence.reason };
  return SourceFile.make(
    {
      language,
      role: roleOf(path),
      module: moduleOf(path, language, encoding, tree.importRoots, isPackage),
      encoding,
      text,
    },
    { source: { ref: tree.ref, name: tree.name, version: tree.version, licence: licence.expression, path }, from: [] },
  );
}
