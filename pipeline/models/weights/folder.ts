import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { PipelineError } from "../../system/errors.js";
import { hashFile, hashValue } from "../../system/hash.js";

/** A file of a model that is a folder. */
export interface ModelFile {
  /** Name in the folder. */
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * How sentence-transformers make one vector of those of a text's tokens: the only folder within a model's that decides
 * what it answers.
 */
export const poolingFolder = "1_Pooling";
const pooling = `${poolingFolder}/config.json`;

/**
 * What makes a folder in the form of transformers the model that it is: its shape, its weights, its vocabulary. Texts,
 * code and other forms do not count.
 */
export function belongsToModel(name: string): boolean {
  return name === pooling || /^(?!consolidated|\.)[^/]+\.(?:safetensors|json|jinja|model|txt|tiktoken)$/u.test(name);
}

/** By what such a model is known: the same wherever it lies. */
export function folderHash(files: readonly ModelFile[]): string {
  return hashValue(
    files.map(({ name, sha256 }) => [name, sha256]).toSorted(([one = ""], [other = ""]) => (one < other ? -1 : 1)),
  );
}

/** The files of a model's folder. Throws a PipelineError where it holds no such model. */
export async function readFolder(folder: string, signal: AbortSignal): Promise<ModelFile[]> {
  const hasPooling = existsSync(join(folder, pooling));
  const names = [...(await readdir(folder)), ...(hasPooling ? [pooling] : [])].filter(belongsToModel).toSorted();
  requireModel(names, `the folder ${folder}`);
  return await Promise.all(
    names.map(async (name) => ({
      name,
      sha256: await hashFile(join(folder, name), signal),
      bytes: (await stat(join(folder, name))).size,
    })),
  );
}

/** Refuses a folder without what transformers reads of a model. @param where names it in the message */
export function requireModel(names: readonly string[], where: string): void {
  const missing = [
    ...(names.includes("config.json") ? [] : ["config.json"]),
    ...(names.some((name) => name.endsWith(".safetensors")) ? [] : ["weights in the form of safetensors"]),
  ];
  if (missing.length === 0) return;
  throw new PipelineError(
    `${where} holds no model in the form of transformers: expected config.json and *.safetensors, and there is no ` +
      missing.join(" and no "),
    {
      code: "reference",
      hint: "name a folder that save_pretrained of transformers wrote, or a GGUF file",
    },
  );
}

/** Bytes of all files together. */
export function bytesOf(files: readonly ModelFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
