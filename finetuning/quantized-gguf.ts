import { join } from "node:path";
import { ChildError, runChild } from "../pipeline/system/child.js";
import { PipelineError } from "../pipeline/system/errors.js";
import type { ModelType } from "../pipeline/contract/finetuning.js";
import { findPython } from "../pipeline/system/python/interpreter.js";
import { cachedGguf, type ModelFile } from "./cached-gguf.js";
import { programsFolder } from "./identity.js";
import { llamaLibrary } from "./llama-cpp.js";
import type { Surroundings } from "./run-program.js";

/**
 * Makes a GGUF file with the weights of another one in a number format of llama.cpp, once, in the cache that projects
 * share. Answers its path. What is quantised already is quantised again, and loses what the new format cannot hold.
 */
export async function quantizedGguf(
  model: ModelFile,
  type: ModelType,
  context: Surroundings["context"],
): Promise<string> {
  const { emit, signal } = context;
  return await cachedGguf(context, model, type, async (file) => {
    emit({ type: "notice", level: "info", message: `making ${model.file} into ${type}, once` });
    const [{ interpreter }, library] = await Promise.all([findPython(), llamaLibrary()]);
    await runChild(interpreter, ["-I", join(programsFolder, "quantize.py"), library, model.path, file, type], {
      signal,
      code: "model",
    }).catch((error: unknown) => {
      throw error instanceof ChildError ? explain(error, model, type) : error;
    });
  });
}

function explain(error: ChildError, { path, file }: ModelFile, type: ModelType): PipelineError {
  return new PipelineError(
    `cannot make ${file} into ${type}: ${error.stderr.trim().split("\n").slice(-3).join("; ")}`,
    {
      code: "model",
      hint: `check that ${path} is a whole GGUF file, or remove quantization of the model to use it as it is`,
      cause: error,
    },
  );
}
