import { availableParallelism } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { llamaCppBundle, llamaCppRelease } from "../../finetuning/llama-cpp.js";
import type { ServiceContext } from "../../pipeline/contract/service.js";
import { PipelineError } from "../../pipeline/system/errors.js";
import { makeFolder } from "../../pipeline/system/files/make-folder.js";

/**
 * Folder of llama.cpp's own programs, built once for this machine from the very release that answers here: about five
 * minutes on two cores. LLAMA_CPP_BIN names a folder that has them already.
 */
export async function llamaCppPrograms({
  cacheDir,
  signal,
}: Pick<ServiceContext, "cacheDir" | "signal">): Promise<string> {
  const given = process.env["LLAMA_CPP_BIN"];
  if (given !== undefined) return given;
  const place = await makeFolder(
    join(cacheDir, "llama.cpp-programs"),
    await llamaCppRelease(),
    async (folder) => {
      const run = async (file: string, ...args: string[]) =>
        await execa(file, args, { cwd: folder, cancelSignal: signal, stdio: ["ignore", "ignore", "inherit"] });
      await run("cmake", "--version").catch((error: unknown) => {
        throw new PipelineError(
          "llama.cpp's own programs are built with cmake and a C++ compiler; cmake cannot be run",
          {
            code: "usage",
            hint: "install cmake and g++, or name in LLAMA_CPP_BIN a folder with llama-server and llama-batched-bench",
            cause: error,
          },
        );
      });
      await run("git", "clone", "--quiet", llamaCppBundle(), "sources");
      const settings = [
        "-DCMAKE_BUILD_TYPE=Release",
        "-DGGML_NATIVE=ON",
        "-DLLAMA_CURL=OFF",
        "-DBUILD_SHARED_LIBS=OFF",
      ];
      await run("cmake", "-S", "sources", "-B", "build", ...settings);
      const targets = ["--target", "llama-server", "llama-batched-bench"];
      await run("cmake", "--build", "build", ...targets, "-j", String(availableParallelism()));
    },
    { signal },
  );
  return join(place, "build/bin");
}
