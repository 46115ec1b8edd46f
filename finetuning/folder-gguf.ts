import { join } from "node:path";
import { cachedGguf, type ModelFile } from "./cached-gguf.js";
import { prepareEnvironment } from "./environment.js";
import { llamaCppSources } from "./llama-cpp.js";
import { runProgram, type Surroundings } from "./run-program.js";

/**
 * Makes the GGUF file of a model that is a folder, or of its vocabulary alone, with llama.cpp's own converter; once, in
 * the cache that projects share. Answers its path.
 */
export async function folderAsGguf(
  model: ModelFile,
  holds: "model" | "vocabulary",
  context: Surroundings["context"],
): Promise<string> {
  return await cachedGguf(context, model, holds, async (file, folder) => {
    context.emit({
      type: "notice",
      level: "info",
      message: `making a GGUF file of ${holds === "model" ? model.file : `the vocabulary of ${model.file}`}, once`,
    });
    const { python, env } = await prepareEnvironment(context);
    const converter = join(await llamaCppSources(context), "convert_hf_to_gguf.py");
    const wanted = holds === "model" ? ["--outtype", "auto"] : ["--vocab-only"];
    const args = ["-s", converter, ...wanted, "--outfile", file, model.path];
    await runProgram({ what: `the conversion of ${model.file} to GGUF`, program: python, args, env }, folder, {
      context,
      onProgress: () => undefined,
    });
  });
}
