import { join } from "node:path";
import { makeFolder } from "../pipeline/system/files/make-folder.js";
import type { ServiceContext } from "../pipeline/contract/service.js";
import { llamaCppRelease } from "./llama-cpp.js";

/** What a GGUF file is made from: another GGUF file, or a folder in the form of transformers. */
export interface ModelFile {
  readonly path: string;
  /** Of the file, or over the files of the folder. */
  readonly sha256: string;
  /** What it is called. */
  readonly file: string;
}

const file = "model.gguf";

/**
 * Path of a GGUF file in the cache that projects share. It is known by the SHA-256 of what it is made from, by what it
 * is, and by the release of llama.cpp that makes it; `make` writes it to the path it is given where it is not there
 * yet.
 */
export async function cachedGguf(
  { cacheDir, signal }: Pick<ServiceContext, "cacheDir" | "signal">,
  { sha256 }: Pick<ModelFile, "sha256">,
  what: string,
  make: (file: string, folder: string) => Promise<void>,
): Promise<string> {
  const root = join(cacheDir, "gguf");
  const name = `${sha256.slice(0, 16)}-${what}-${await llamaCppRelease()}`;
  const place = await makeFolder(root, name, async (folder) => await make(join(folder, file), folder), { signal });
  return join(place, file);
}
