import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { adapterTypes, type ConversionRequest } from "../pipeline/contract/finetuning.js";
import { requireOneFile } from "./bases.js";
import { prepareEnvironment } from "./environment.js";
import { programsFolder } from "./identity.js";
import { llamaCppSources, llamaLibrary } from "./llama-cpp.js";
import { runProgram, type Surroundings } from "./run-program.js";

/** What llama.cpp's converter writes by itself; for the rest it needs its library. */
const unquantised = new Set<string>(adapterTypes);

/** Writes the GGUF files of a request. A conversion that was stopped begins anew: it takes seconds. */
export async function convert(request: ConversionRequest, surroundings: Surroundings): Promise<void> {
  requireOneFile(request.base);
  const { context } = surroundings;
  const scratch = join(context.stateDir, "conversion");
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const { python, env } = await prepareEnvironment(context);
  const description = {
    ...request,
    scratch,
    llama_cpp: await llamaCppSources(context),
    libllama: request.outputs.every(({ type }) => unquantised.has(type)) ? null : await llamaLibrary(),
  };
  await writeFile(join(scratch, "request.json"), JSON.stringify(description));
  await runProgram(
    {
      what: "the conversion to GGUF",
      program: python,
      args: ["-s", join(programsFolder, "convert.py"), join(scratch, "request.json")],
      env,
    },
    scratch,
    surroundings,
  );
  await rm(scratch, { recursive: true });
}
