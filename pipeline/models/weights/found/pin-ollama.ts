import { z } from "zod";
import { PipelineError } from "../../../system/errors.js";
import { knownHash } from "../../../system/files/known-hash.js";
import type { ModelContext } from "../../resolved.js";
import type { Weights } from "../gguf-model.js";
import { wrongHash } from "../wrong-hash.js";
import { ollamaBlob, readOllama } from "./ollama.js";

const Pin = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/u), bytes: z.int() });

/** The file that a name of Ollama's stands for, where it lies; which one it is, is kept: `ollama pull` may move it. */
export async function pinOllama(
  name: string,
  { lockfile, cacheDir, signal }: Pick<ModelContext, "lockfile" | "cacheDir" | "signal">,
): Promise<Extract<Weights, { type: "file" }>> {
  const { sha256, bytes } = await lockfile.pin(`ollama:${name}`, Pin, async () => await readOllama(name));
  const path = await ollamaBlob(sha256);
  if (path === null)
    throw new PipelineError(`Ollama no longer has the file that "ollama:${name}" was pinned to (SHA-256 ${sha256})`, {
      code: "reference",
      hint: "run with --update to take what it has now",
    });
  const found = await knownHash(path, cacheDir, signal);
  if (found !== sha256) throw wrongHash(path, sha256, found);
  return { type: "file", path, file: name.replaceAll(/[/:]+/gu, "-"), sha256, bytes };
}
