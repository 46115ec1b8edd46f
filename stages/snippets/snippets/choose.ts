import { isCode, languageOf, type OwnLanguages } from "../../read/lib/languages.js";

/** The orders in which files become rows. */
export const fileOrders = ["path", "parts"] as const;

/** A file that becomes a row. */
export interface ChosenFile {
  /** POSIX, inside the source. */
  readonly path: string;
  readonly language: string;
}

interface Choice {
  /** Undefined where all code is wanted. */
  readonly include?: readonly string[] | undefined;
  readonly languages: OwnLanguages;
  readonly order: (typeof fileOrders)[number];
}

/**
 * The files that become rows, in their order, and those of a language that is not known.
 * @param paths in the order of their code points
 */
export function chooseFiles(
  paths: readonly string[],
  { include, languages, order }: Choice,
): { readonly chosen: readonly ChosenFile[]; readonly strange: readonly string[] } {
  const files = paths.map((path) => ({ path, language: languageOf(path, languages) }));
  const wanted = include === undefined ? files.filter(({ language }) => isCode(language)) : files;
  const known = wanted.filter(({ language }) => language !== "text");
  return {
    chosen: order === "path" ? known : byParts(known),
    strange: wanted.filter(({ language }) => language === "text").map(({ path }) => path),
  };
}

/** Folder by folder: U+0000, which no name holds, comes before all that a name may hold. */
function byParts(files: readonly ChosenFile[]): ChosenFile[] {
  return files
    .map((file) => ({ file, bytes: Buffer.from(file.path.replaceAll("/", "\0")) }))
    .toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ file }) => file);
}
