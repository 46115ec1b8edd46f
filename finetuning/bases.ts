import { stat } from "node:fs/promises";
import { basename, delimiter, join } from "node:path";
import { PipelineError } from "../pipeline/system/errors.js";
import { partsOf } from "../pipeline/system/gguf-parts.js";
import { makeFolder } from "../pipeline/system/files/make-folder.js";
import type { TrainingRequest } from "../pipeline/contract/finetuning.js";
import { packageRoot } from "../pipeline/system/paths.js";
import { prepareEnvironment } from "./environment.js";
import { programsFolder } from "./identity.js";
import { runProgram, type Surroundings } from "./run-program.js";

/**
 * The base as a folder in the form of transformers: what a GGUF file holds is unpacked once, in the cache that projects
 * share.
 */
export async function baseAsFolder(
  { path, sha256 }: TrainingRequest["base"],
  surroundings: Surroundings,
): Promise<TrainingRequest["base"]> {
  if ((await stat(path)).isDirectory()) return { path, sha256 };
  const { context } = surroundings;
  const root = join(context.cacheDir, "unpacked");
  const name = sha256.slice(0, 16);
  const place = await makeFolder(
    root,
    name,
    async (partial) => {
      context.emit({
        type: "notice",
        level: "info",
        message: "unpacking the base's GGUF file, once: this trainer reads the form of transformers",
      });
      const { python, env } = await prepareEnvironment(context);
      const program = join(packageRoot, "finetuning/bases/unpack.py");
      const pythonPath = [env["PYTHONPATH"], programsFolder].join(delimiter);
      const args = ["-s", program, path, join(partial, "model")];
      const unpacking = { what: "unpacking the base", program: python, args, env: { ...env, PYTHONPATH: pythonPath } };
      await runProgram(unpacking, partial, { ...surroundings, onProgress: () => undefined });
    },
    { signal: context.signal },
  );
  return { path: join(place, "model"), sha256 };
}

/**
 * llama.cpp finds the parts of a GGUF file beside the first; what reads weights in Python would take that one for all.
 */
export function requireOneFile(path: string): void {
  if (partsOf(path) === null) return;
  throw new PipelineError(
    `the base ${basename(path)} is a GGUF file in several parts, which can be asked but not trained on`,
    {
      code: "training",
      hint: "make one file of them with llama-gguf-split --merge, or name the base in the form of transformers",
    },
  );
}
