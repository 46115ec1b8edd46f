import { readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { runChild } from "../pipeline/system/child.js";
import { PipelineError } from "../pipeline/system/errors.js";
import { makeFolder } from "../pipeline/system/files/make-folder.js";
import type { ServiceContext } from "../pipeline/contract/service.js";

/** The release of llama.cpp that node-llama-cpp is built from and carries the sources of. */
export async function llamaCppRelease(): Promise<string> {
  const text = await readFile(join(carried(), "binariesGithubRelease.json"), "utf8");
  return z.object({ release: z.string() }).parse(JSON.parse(text)).release;
}

/** Absolute path of the git bundle with the sources of that release. */
export function llamaCppBundle(): string {
  return join(carried(), "gitRelease.bundle");
}

/** Folder of llama.cpp's converters, unpacked once from the git bundle that node-llama-cpp carries. */
export async function llamaCppSources({
  cacheDir,
  signal,
}: Pick<ServiceContext, "cacheDir" | "signal">): Promise<string> {
  const root = join(cacheDir, "llama.cpp");
  const release = await llamaCppRelease();
  const place = await makeFolder(
    root,
    release,
    async (folder) => {
      const git = async (...args: string[]) =>
        await runChild("git", ["-c", "core.autocrlf=false", ...args], { cwd: folder, signal, code: "training" });
      await git("clone", "--quiet", "--no-checkout", llamaCppBundle(), "sources");
      await git("-C", "sources", "checkout", "--quiet", "HEAD", "--", ...needed);
      await rm(join(folder, "sources/.git"), { recursive: true });
    },
    { signal },
  );
  return join(place, "sources");
}

const needed = ["LICENSE", "convert_hf_to_gguf.py", "convert_lora_to_gguf.py", "conversion", "gguf-py"];

/** Absolute path of the library of llama.cpp that node-llama-cpp brings, which can quantise. */
export async function llamaLibrary(): Promise<string> {
  const scope = join(carried(), "../../@node-llama-cpp");
  const builds = await readdir(scope).catch(() => []);
  const own = builds.filter((name) => name.startsWith(`${platform}-${process.arch}`)).toSorted();
  for (const build of own) {
    const names = await readdir(join(scope, build, "bins"), { recursive: true }).catch(() => []);
    const library = names.find((name) => /(?:^|[/\\])(?:lib)?llama(?:\.v[\d.]+)?\.(?:so|dylib|dll)$/u.test(name));
    if (library !== undefined) return join(scope, build, "bins", library);
  }
  throw new PipelineError(
    `node-llama-cpp brings no llama.cpp library for ${platform}-${process.arch}, which quantising needs`,
    {
      code: "training",
      hint: "convert to f32, f16, bf16 or q8_0, which need none",
    },
  );
}

const platform = process.platform === "darwin" ? "mac" : process.platform === "win32" ? "win" : process.platform;

/** The folder of node-llama-cpp in which llama.cpp lies. */
function carried(): string {
  return join(dirname(fileURLToPath(import.meta.resolve("node-llama-cpp"))), "../llama");
}
